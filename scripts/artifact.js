// An artifact: its indicator can be read and copied, but not clicked, in the
// message as in the notification: https://evil.example/x is shown as
// hxxps://evil[.]example/x. The button to the incident is the only link.
//
// The workflow on artifacts has to send the fields; in its pre-processing
// script, beside the functions of the shipped workflow for incidents:
//
//   inputs.slack_details = details([
//       field("Artifact", "indicator", quoted(artifact.value)),
//       field("Kind", "string", quoted(artifact.type)),
//       field("Incident", "string", quoted(incident.name)),
//       field("Resilient URL", "incident", quoted(incident.id)),
//       field("Description", "richtext", quoted(artifact.description.content if artifact.description else None)),
//   ])
//
// The type "indicator" is this script's own: see `types` below.
//
// It makes the messages whose function input slack_formatter is "artifact". To
// use it for every artifact, take away the two slashes before `match` below.

/** Text that can be read and not followed, safe in mrkdwn. @param {string} text */
const harmless = (text) => slack.esc(slack.defang(text));

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "artifact",

  labels: { "Resilient URL": null }, // it is the button

  types: {
    indicator: (value) => slack.code(slack.defang(value)),
    string: (value) => harmless(value),
    // The formatting goes, because a link in it would still be one.
    richtext: (value) => harmless(slack.plain(value)),
  },

  format(message) {
    const blocks = [slack.lines(message.fields)];
    const { incident } = message;
    if (incident) blocks.push(slack.actions(slack.button("Open incident " + incident.id, incident.url)));
    const what = message.allFields.find((field) => field.type === "indicator") ?? message.allFields[0];
    return { text: what ? harmless(what.label) + ": " + what.text : "Artifact", blocks };
  },
};
