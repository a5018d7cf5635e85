// Package richtext reads the HTML that people leave in rich text fields, and
// writes it as rich_text elements of Block Kit, as mrkdwn and as plain text.
//
// It promises that the three forms say the same words, that nothing in them
// mentions anybody, and that a link whose label reads as another address shows
// its own. What is no markup of HTML was typed, and is shown.
//
// It leaves to package blockkit what is too long. html.go walks over the HTML
// into blocks and pieces, markup.go says what of it is markup, rich.go and
// richtext.go write what the blocks hold, lines.go what has no markup.
package richtext
