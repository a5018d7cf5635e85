// The lines of an archive: what slack_archive_channel attaches of a channel, with
// replies set in and every line of a message behind a bar, so that no text that
// somebody wrote can be taken for the head of a message.
//
// It lays out the archives of calls whose function input slack_formatter is
// "archive". To use it for every archive, take away the two slashes before `match`
// below.
//
// Try a change before you save it over the live file:
//   fmt-test scripts/archive.js scripts/samples/archive/room.json

/** @type {import("./formatter").Formatter} */
export default {
  // match: (call) => call.function === "slack_archive_channel",

  archive(message) {
    const indent = message.isReply ? "    " : "";
    const edited = message.edited ? ", edited by " + message.edited : "";
    const said = message.text ? message.text.split("\n") : [];
    const files = message.files.map((file) => file.name + " " + file.url);
    const lines = [message.time + " " + message.user + edited, ...[...said, ...files].map((line) => "  | " + line)];
    return lines.map((line) => indent + line + "\n").join("");
  },
};
