def date(value):
    return "%s" % value if value else "null"


# A list reads as it always has in this message.
def joined(values):
    return u"[%s]" % u", ".join([u"%s" % value for value in values]) if values else None


# Add, remove and reorder fields here; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_details = details([
    field("Resilient Incident", "string", quoted(incident.name)),
    field("Resilient URL", "incident", quoted(incident.id)),
    field("Description", "richtext", quoted(incident.description.content if incident.description else None)),
    field("Confirmed", "boolean", quoted("True" if incident.confirmed else "False")),
    field("Create Date", "datetime", date(incident.create_date)),
    field("Start Date", "datetime", date(incident.start_date)),
    field("Severity", "string", quoted(incident.severity_code)),
    field("NIST Vectors", "string", quoted(joined(incident.nist_attack_vectors))),
    field("Incident Types", "string", quoted(joined(incident.incident_type_ids))),
])

# An incident that has a thread gets the message as a reply in it. Clear
# slack_id to begin a new thread.
inputs.slack_thread_id = incident.properties.slack_id
