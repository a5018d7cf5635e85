# The link leads to the task where the note belongs to one.
link = "%s" % incident.id
if task:
    link = link + "?task_id=%s" % task.id

# Add, remove and reorder fields here; fn-slack lays them out.
# Types: string, incident, richtext, boolean, datetime, and those of its scripts.
inputs.slack_details = details([
    field("Resilient URL", "incident", quoted(link)),
    field("Task", "string", quoted(task.name if task else None)),
    field("Note", "richtext", quoted(note.text.content if note.text else None)),
])

# The note's author is the message's.
inputs.slack_thread_id = incident.properties.slack_id
inputs.slack_user_id = note.user_id
