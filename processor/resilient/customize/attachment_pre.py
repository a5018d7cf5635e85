# What is said beside the file.
inputs.slack_text = rule.properties.rule_slack_text
inputs.attachment_id = attachment.id
if task:
    inputs.task_id = task.id
