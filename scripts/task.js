// A task: its name as the headline, who does it until when in lines, the
// instructions with their formatting, and a button that opens the task. An open
// task whose due date has passed is marked.
//
// The workflow on tasks has to send the fields; in its pre-processing script,
// beside the functions of the shipped workflow for notes:
//
//   inputs.slack_details = details([
//       field("Task", "string", quoted(task.name)),
//       field("Task Link", "incident", quoted("%s?task_id=%s" % (incident.id, task.id))),
//       field("Incident", "string", quoted(incident.name)),
//       field("Owner", "string", quoted(task.owner_id)),
//       field("Due Date", "datetime", quoted(task.due_date)),
//       field("Status", "string", quoted("Open" if task.status == "O" else "Closed")),
//       field("Instructions", "richtext", quoted(task.instructions.content if task.instructions else None)),
//   ])
//
// It makes the messages whose function input slack_formatter is "task". To use
// it for every task, take away the two slashes before `match` below.

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "task",

  labels: {
    "Task": null, // it is the headline
    "Task Link": null, // it is the button
    "Due Date": "Due",
  },

  types: {
    datetime: (value) => slack.date(value, "{date_short_pretty}"), // in each reader's own time zone
  },

  format(message) {
    const open = message.field("Status")?.plain !== "Closed";
    const due = message.field("Due Date");
    // Date.now() is the moment of the call.
    const late = open && due?.empty === false && Number(due.data) < Date.now();

    const short = message.fields.filter((field) => !field.richText);
    const long = message.fields.filter((field) => field.richText);
    const sign = late ? ":rotating_light:" : open ? ":clipboard:" : ":white_check_mark:";
    const blocks = [slack.header(sign + " " + (message.title || "Task"))];
    if (late) blocks.push(slack.section(slack.bold("The due date has passed.")));
    if (short.length > 0) blocks.push(slack.lines(short));
    for (const field of long) blocks.push(slack.richText(field));
    if (message.incident) blocks.push(slack.actions(slack.button("Open task", message.incident.url)));
    return { blocks };
  },
};
