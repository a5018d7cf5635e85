// The layout of every message that no other script takes: one "Label: value"
// line for each field, as IBM's fn_slack 1.0.0 wrote it.
//
// Edit, save, and the next message has it; nothing is restarted. Try a change
// before: fmt-test scripts/default.js scripts/samples/default/incident.json
//
// Every member is optional.

/** @type {import("./formatter").Formatter} */
export default {
  // Other words for a label; null leaves the field out.
  //   labels: { "NIST Vectors": "Attack vectors", "Confirmed": null },
  labels: {},

  // Another type than the workflow sent.
  //   fields: { "Severity": "severity" },
  fields: {},

  // How a type becomes text. What comes from the incident is written by
  // strangers: slack.esc() makes it safe.
  //   types: { severity: (value) => (value === "High" ? ":red_circle: " : ":white_circle: ") + slack.esc(value) },
  types: {},

  // The whole message, where lines of text are not enough; without it a message
  // is the "Label: value" lines, message.text.
  //   format: (message) => ({ text: message.text, blocks: [slack.header(message.title), slack.fields(message.fields)] }),
};
