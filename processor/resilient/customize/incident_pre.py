

# Additional Text, Resilient URL and Type of data make the title and what stands
# above it. Add, remove and reorder the fields below them; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_text = details([
    field("Additional Text", "string", quoted(rule.properties.rule_slack_text)),
    field("Resilient URL", "incident", quoted(incident.id)),
    field("Type of data", "string", quoted("Incident")),
    field("Incident ID", "string", quoted(incident.id)),
    field("Incident name", "string", quoted(incident.name)),
    field("Description", "richtext", quoted(incident.description.content if incident.description else None)),
    field("Incident Types", "string", quoted(joined(incident.incident_type_ids))),
    field("NIST Attack Vectors", "string", quoted(joined(incident.nist_attack_vectors))),
    field("Confirmed", "boolean", quoted("True" if incident.confirmed else "False")),
    field("Date Created", "datetime", date(incident.create_date)),
    field("Date Occurred", "datetime", date(incident.start_date)),
    field("Date Discovered", "datetime", date(incident.discovered_date)),
    field("Severity", "string", quoted(incident.severity_code)),
])
