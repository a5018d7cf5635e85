// Package mrkdwn is text that Slack reads as its markup: escaping, marks, links
// and mentions, and cutting and splitting without breaking any of them.
//
// It promises that no data becomes markup. What [Esc] or a [Builder] makes of a
// text is shown by Slack as it was typed: it mentions nobody, links nowhere that
// it does not show, and formats nothing. All of it takes time linear in the text.
//
// Slack has no escape for its marks, so an invisible word joiner ([Joiner]) is
// put beside one that would format. Start reading at builder.go for text from two
// sources, safe.go for what scripts call, split.go for what is too long.
package mrkdwn
