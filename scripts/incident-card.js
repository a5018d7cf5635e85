// The incident as a card: its name as the headline, a bar and a sign in the
// colour of its severity, the platform's own facts in two columns, short text in
// lines, long text below them with its formatting, and a button that opens the
// incident. It follows its incident: where a workflow sends it again, it is shown
// anew, and its thread tells what is new, in the channel too when the severity rises.
//
// It makes the messages whose function input slack_formatter is
// "incident-card". To use it for every message about an incident, take away the
// two slashes before `match` below.
//
// Try a change before you save it over the live file:
//   fmt-test scripts/incident-card.js scripts/samples/incident-card/high.json

/** The field that the colour follows, by the label that the workflow sends. */
const SEVERITY = "Severity";

/** The types whose words are the platform's own: they go into two columns. */
const FACTS = ["severity", "boolean", "datetime"];

/**
 * The sign and the colour of a severity.
 * @param {unknown} severity
 */
function look(severity) {
  switch (severity) {
    case "High":
      return { sign: ":red_circle:", color: "#d00000" };
    case "Medium":
      return { sign: ":large_orange_circle:", color: "#e8912d" };
    case "Low":
      return { sign: ":large_green_circle:", color: "#2eb67d" };
    default:
      return { sign: ":white_circle:", color: "#8d8d8d" };
  }
}

/** Severities, as they rise. */
const SEVERITIES = ["Low", "Medium", "High"];

/** @param {import("./formatter").Message} message */
function rises(message) {
  const now = message.field(SEVERITY);
  const change = message.changes.find((change) => change.label === now?.label);
  if (!now || !change?.from) return false;
  const before = SEVERITIES.findIndex((severity) => change.from?.endsWith(severity));
  return SEVERITIES.indexOf(now.data) > before;
}

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "incident" && !call.isReply,

  labels: {
    "Resilient Incident": null, // it is the headline
    "Resilient URL": null, // it is the button
    "NIST Vectors": "Attack vectors",
  },

  fields: { [SEVERITY]: "severity" },

  types: {
    severity: (value) => look(value).sign + " " + slack.esc(value),
    datetime: (value) => slack.date(value, "{date_short_pretty} {time}"), // in each reader's own time zone
  },

  format(message) {
    const facts = message.fields.filter((field) => FACTS.includes(field.type));
    const long = message.fields.filter((field) => field.richText);
    const typed = message.fields.filter((field) => !facts.includes(field) && !long.includes(field));
    const blocks = [slack.header(message.title || "Incident")];
    // Slack takes ten fields in a section.
    for (let i = 0; i < facts.length; i += 10) blocks.push(slack.fields(facts.slice(i, i + 10)));
    if (typed.length > 0) blocks.push(slack.lines(typed)); // can be copied as it was typed
    for (const field of long) blocks.push(slack.section(slack.bold(slack.esc(field.label))), slack.richText(field));
    const { incident } = message;
    if (incident) blocks.push(slack.actions(slack.button("Open incident " + incident.id, incident.url, "primary")));
    return { color: look(message.field(SEVERITY)?.data).color, blocks, broadcast: rises(message) };
  },
};
