// Package preview shows a message as Slack would: one tree, written as HTML or
// for a terminal.
//
// It reads text as Slack's readers do: the <…> tokens are found on the raw
// string, formatting comes next, and the three entities are decoded last, so
// that nothing is shown as live that Slack shows as text, and nothing that
// Slack would make live is hidden. Bare @here, #channel and web addresses are
// shown as live where Slack turns them into mentions and links.
//
// It promises that nothing in a message becomes a tag, an attribute or a link
// of another scheme than http, https and mailto in the HTML, and that no control
// character of a message reaches the terminal; [Printable] does the same for
// text that is no message. It fetches nothing: images are shown as boxes with
// their alternative text. Blocks that it does not know are boxes with their
// type's name.
//
// It does not check Slack's rules and needs no valid message.
package preview
