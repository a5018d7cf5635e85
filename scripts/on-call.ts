// The message picks its channel by the severity of the incident, and calls the
// people on duty when it is high. Who and where stands in lib/severity.ts: change
// it to your channels and your user group before you use this.
//
// A reply goes where its thread is, and calls nobody a second time.
//
// It makes the messages whose function input slack_formatter is "on-call". To use
// it for every message about an incident, take away the two slashes before
// `match` below. The file is TypeScript; nothing has to be compiled.

import type { Formatter, RichTextBlock, RichTextLeaf } from "./formatter";
import { route } from "./lib/severity";

export default {
  // match: (call) => call.objectType === "incident",

  labels: { "Resilient Incident": null, "Resilient URL": null }, // the headline and the button

  format(message) {
    const { sign, color, channel, call } = route(message.field("Severity")?.plain);
    const { incident, isReply } = message;

    // A mention in rich text can only be the script's. One in mrkdwn is taken out
    // when the incident's text holds the same, which would give whoever writes
    // that text a way to let the team sleep.
    const headline: RichTextLeaf[] = [{ type: "emoji", name: sign }, { type: "text", text: " " }];
    if (call && !isReply) headline.push({ type: "usergroup", usergroup_id: call }, { type: "text", text: " " });
    headline.push({ type: "text", text: message.title || "Incident", style: { bold: true } });
    const top: RichTextBlock = { type: "rich_text", elements: [{ type: "rich_text_section", elements: headline }] };

    const short = message.fields.filter((field) => !field.richText);
    const long = message.fields.filter((field) => field.richText);
    const below = [];
    if (short.length > 0) below.push(slack.lines(short));
    for (const field of long) below.push(slack.richText(field));
    if (incident) below.push(slack.actions(slack.button("Open incident " + incident.id, incident.url, "primary")));

    return {
      channel: isReply ? undefined : channel,
      blocks: [top],
      attachments: below.length > 0 ? [{ color, blocks: below }] : [],
    };
  },
} satisfies Formatter;
