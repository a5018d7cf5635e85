

# With slack_update that message itself shows the incident as it is now. Its fields
# are those of Create Slack Message: what is changed there belongs here, too.
inputs.slack_update = True
