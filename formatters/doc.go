// Package formatters turns what a workflow wrote into slack_details into text
// and blocks for Slack.
//
// Package details reads the text. Options.Fields makes every label's data ready
// to be shown: as mrkdwn, as plain text and, for rich text, as Block Kit
// elements. Classic joins fields into the layout "Label: value". Validate checks
// a message against Slack's rules, Fit makes one that is only too long fit, and
// Gate looks at a finished message a last time.
//
// The package promises that no data becomes markup: what Esc or a Field's Text
// holds is shown by Slack as it was typed, mentions nobody and links nowhere
// that it does not show. It keeps no state, and everything in it may be used
// from many goroutines at once. It leaves to the caller where a message goes
// and which layout makes it.
package formatters
