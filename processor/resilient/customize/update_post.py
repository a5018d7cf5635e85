# slack_id names another message where the one of before was gone and the incident
# was posted anew. It is no field that the rule waits for.
if results and results.get("ts") and results.get("ts") != incident.properties.slack_id:
    incident.properties.slack_id = results.get("ts")
