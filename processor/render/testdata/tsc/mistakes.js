// Mistakes that an editor must flag in a script: the compiler fails when the
// line after one of its comments has none.

/** @type {import("../../../../scripts/formatter").Block[]} */
export const blocks = [
  // @ts-expect-error: no such type of block
  { type: "sectoin", text: { type: "plain_text", text: "x" } },
  // @ts-expect-error: a header has plain text
  { type: "header", text: { type: "mrkdwn", text: "x" } },
  // @ts-expect-error: an unknown member
  { type: "section", txt: { type: "mrkdwn", text: "x" } },
  // @ts-expect-error: a text must be an object
  { type: "section", text: "x" },
  // @ts-expect-error: no such style
  slack.actions(slack.button("x", "https://example.com", "green")),
  // @ts-expect-error: a button is no block
  slack.button("x", "https://example.com"),
  // @ts-expect-error: an image needs a text for those who cannot see it
  slack.image("https://example.com/x.png"),
  // @ts-expect-error: an image is no button
  { type: "actions", elements: [{ type: "image", image_url: "https://example.com/x.png", alt_text: "x" }] },
];

/** @type {import("../../../../scripts/formatter").Formatter} */
export const wrongBlock = {
  // @ts-expect-error: no such type of block
  format: (message) => ({ blocks: [slack.header(message.title), { type: "sectoin", text: { type: "plain_text", text: "x" } }] }),
};

/** @type {import("../../../../scripts/formatter").Formatter} */
export const members = {
  // @ts-expect-error: a label is text or null
  labels: { Severity: 1 },
  // @ts-expect-error: a type of text is a function
  types: { severity: "x" },
  // @ts-expect-error: match says true or false
  match: (call) => call.workflow,
  // @ts-expect-error: an unknown member of a result
  format: (message) => ({ txt: message.text }),
};

/** @type {import("../../../../scripts/formatter").Formatter} */
export const misspelt = {
  // @ts-expect-error: an unknown member of a script
  formatt: () => "x",
  format(message) {
    // @ts-expect-error: an unknown member of a message
    message.tittle;
    // @ts-expect-error: there may be no such field
    message.field("Severity").text;
    // @ts-expect-error: there may be no incident
    message.incident.url;
    // @ts-expect-error: no such helper
    slack.escape("x");
    // @ts-expect-error: not in a script
    setTimeout(() => 0);
    // @ts-expect-error: not in a script
    process.env;
    // @ts-expect-error: not in a script
    fetch("https://example.com");
    return message.text;
  },
};
