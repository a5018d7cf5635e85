// A note as a reply in the incident's thread: the note with its formatting, and
// below it in grey where it was written. Its author is the author of the
// message, because the shipped workflow for notes sends slack_user_id.
//
// It makes the messages whose function input slack_formatter is "note-reply".
// To use it for every note, take away the two slashes before `match` below.
//
// Try a change before you save it over the live file:
//   fmt-test scripts/note-reply.js scripts/samples/note-reply/task.json

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "note",

  format(message) {
    const notes = message.fields.filter((field) => field.richText);
    if (notes.length === 0) return message.text; // no note: every field, as in the classic layout
    const { incident } = message;
    const task = message.field("Task");
    const where = [];
    if (incident) where.push(slack.link(incident.url, task?.empty === false ? "Task" : "Incident " + incident.id));
    if (task?.empty === false) where.push(task.text);
    const blocks = notes.map((note) => slack.richText(note));
    return where.length === 0 ? { blocks } : { blocks: [...blocks, slack.context(":memo: " + where.join(" · "))] };
  },
};
