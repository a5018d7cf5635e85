// One layout for both sets of inputs: slack_details, and slack_text of later
// versions. What the workflows call by different names has one name here, the title
// and the button are made of what both have, and what somebody wrote for the message
// (with slack_text) stands above it.
//
// It makes the messages whose function input slack_formatter is "one-layout". To
// use it for every incident, take away the two slashes before `match` below.
//
// Try a change before you save it over the live file:
//   fmt-test scripts/one-layout.js scripts/samples/one-layout/text.json

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "incident" && !call.isReply,

  labels: {
    // the headline and the button
    "Resilient Incident": null,
    "Incident name": null,
    "Resilient URL": null,
    "Type of data": null,
    "Incident ID": null,
    // the same under two names
    "Create Date": "Created",
    "Date Created": "Created",
    "Start Date": "Started",
    "Date Occurred": "Started",
    "Date Discovered": "Discovered",
    "NIST Vectors": "Attack vectors",
    "NIST Attack Vectors": "Attack vectors",
  },

  types: {
    datetime: (value) => slack.date(value, "{date_short_pretty} {time}"), // in each reader's own time zone
  },

  format(message) {
    const { incident } = message;
    if (message.call.function === "slack_post_attachment") { // the comment of a file is text alone
      const title = incident ? slack.link(incident.url, message.title) : slack.bold(slack.esc(message.title));
      return [title, message.text].filter(Boolean).join("\n");
    }
    const said = message.field("Additional Text");
    const short = message.fields.filter((field) => field !== said && !field.richText);
    const long = message.fields.filter((field) => field !== said && field.richText);
    const blocks = [];
    if (said?.empty === false) blocks.push(slack.richText(said));
    if (message.title) blocks.push(slack.header(message.title));
    if (short.length > 0) blocks.push(slack.lines(short));
    for (const field of long) blocks.push(slack.section(slack.bold(slack.esc(field.label))), slack.richText(field));
    if (incident) blocks.push(slack.actions(slack.button("Open incident " + incident.id, incident.url)));
    return blocks.length > 0 ? { blocks } : message.text;
  },
};
