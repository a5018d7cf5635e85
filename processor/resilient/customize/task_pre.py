

# Additional Text, Resilient URL and Type of data make the title and what stands
# above it. Add, remove and reorder the fields below them; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_text = details([
    field("Additional Text", "string", quoted(rule.properties.rule_slack_text)),
    field("Resilient URL", "incident", quoted("%s?task_id=%s" % (incident.id, task.id))),
    field("Type of data", "string", quoted("Task")),
    field("Incident ID", "string", quoted(incident.id)),
    field("Task Name", "string", quoted(task.name)),
    field("Task Status", "string", quoted("Open" if task.status == "O" else "Closed")),
    field("Task Owner", "string", quoted(task.owner_id)),
    field("Task Due Date", "datetime", date(task.due_date)),
])
inputs.task_id = task.id
