
# Where to, and who is invited: as filled in when the rule was started, else as
# the inputs of the function say, else the channel of the incident or task.
inputs.incident_id = incident.id
if rule.properties.rule_slack_channel:
    inputs.slack_channel = rule.properties.rule_slack_channel
if rule.properties.slack_channel_id:
    inputs.slack_channel_id = rule.properties.slack_channel_id
if rule.properties.rule_slack_is_channel_private is not None:
    inputs.slack_is_channel_private = rule.properties.rule_slack_is_channel_private
if rule.properties.rule_slack_participant_emails:
    inputs.slack_participant_emails = rule.properties.rule_slack_participant_emails
