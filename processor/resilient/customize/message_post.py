# slack_id keeps the message that began the thread. Slack hangs replies on that
# one; the number of a reply in its place would lose the thread. Nothing is kept
# where nothing was posted, as when a layout skips the message.
if results and results.get("ts") and not incident.properties.slack_id:
    incident.properties.slack_id = results.get("ts")
