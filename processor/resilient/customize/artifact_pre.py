

# Additional Text, Resilient URL and Type of data make the title and what stands
# above it. Add, remove and reorder the fields below them; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_text = details([
    field("Additional Text", "string", quoted(rule.properties.rule_slack_text)),
    field("Resilient URL", "incident", quoted(incident.id)),
    field("Type of data", "string", quoted("Artifact")),
    field("Incident ID", "string", quoted(incident.id)),
    field("Artifact Type", "string", quoted(artifact.type)),
    field("Artifact Value", "string", quoted(artifact.value)),
    field("Artifact Created By", "string", quoted(artifact.creator.display_name if artifact.creator else None)),
    field("Artifact Created on", "datetime", date(artifact.created)),
])
