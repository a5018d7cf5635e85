

# A note on a task goes to the task's channel, with a link to the task.
link, kind = "%s" % incident.id, "Incident Note"
if task:
    link, kind = link + "?task_id=%s" % task.id, "Task Note"
    inputs.task_id = task.id

# Additional Text, Resilient URL and Type of data make the title and what stands
# above it. Add, remove and reorder the fields below them; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_text = details([
    field("Additional Text", "string", quoted(rule.properties.rule_slack_text)),
    field("Resilient URL", "incident", quoted(link)),
    field("Type of data", "string", quoted(kind)),
    field("Incident ID", "string", quoted(incident.id)),
    field("Task", "string", quoted(task.name if task else None)),
    field("Note", "richtext", quoted(note.text.content if note.text else None)),
])
