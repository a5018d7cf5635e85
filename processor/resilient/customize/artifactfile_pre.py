# What is said beside the file.
inputs.slack_text = rule.properties.rule_slack_text
inputs.artifact_id = artifact.id
