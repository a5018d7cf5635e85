// Three lines and a link, for a channel whose readers want to know whether they
// must do something, and not how the attack works:
//
//   :red_circle: *DoS attack in EMEA*
//   High, confirmed, since Apr 27, 2018 at 2:00 PM
//   Severe issue affecting perimeter routers
//   Incident 2223
//
// It makes the messages whose function input slack_formatter is "executive". To
// use it for every new incident, take away the two slashes before `match` below.
//
// Try a change before you save it over the live file:
//   fmt-test scripts/executive.js scripts/samples/executive/confirmed.json

const SIGN = new Map([["High", ":red_circle:"], ["Medium", ":large_orange_circle:"], ["Low", ":large_green_circle:"]]);

/** The first sentence in one line, at most 200 characters of it. @param {string} text */
function firstSentence(text) {
  const start = text.slice(0, 400); // all that can be shown of a text that may be as long as a book
  const end = start.indexOf(". ");
  const sentence = end < 0 ? start : start.slice(0, end + 1);
  return slack.truncate(sentence.replaceAll("\n", " "), 200);
}

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.objectType === "incident" && !call.isReply,

  types: {
    datetime: (value) => slack.date(value, "{date_short_pretty} at {time}"), // in each reader's own time zone
  },

  format(message) {
    /** @param {string} label */
    const shown = (label) => {
      const field = message.field(label);
      return field && !field.empty ? field : undefined;
    };
    const severity = shown("Severity");
    const since = shown("Start Date") ?? shown("Create Date");
    const confirmed = shown("Confirmed");
    const facts = [
      severity?.text,
      confirmed && (confirmed.plain === "Yes" ? "confirmed" : "not confirmed"),
      since && "since " + since.text,
    ];
    const about = shown("Description");
    const { incident } = message;
    const lines = [
      (SIGN.get(severity?.plain ?? "") ?? ":white_circle:") + " " + slack.bold(slack.esc(slack.truncate(message.title || "Incident", 200))),
      facts.filter(Boolean).join(", "),
      about && slack.esc(firstSentence(about.plain)),
      incident && slack.link(incident.url, "Incident " + incident.id),
    ];
    return lines.filter(Boolean).join("\n");
  },
};
