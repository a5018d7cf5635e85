# The channel of the incident or task, unless another is named by its id.
inputs.incident_id = incident.id
if rule.properties.slack_channel_id:
    inputs.slack_channel_id = rule.properties.slack_channel_id
