// Package formatters makes what a workflow wrote into slack_details or slack_text
// ready to be shown: Options.Fields gives every label's data as mrkdwn, as plain text
// and, for rich text, as Block Kit elements; Layout makes a message of fields.
//
// It promises that no data becomes markup: what a Field's Text holds is shown by
// Slack as it was typed. It keeps no state, and everything in it may be used from
// many goroutines at once.
//
// It leaves reading labels to package details, the markup to mrkdwn, HTML
// to richtext, and what a message may be to blockkit. A field type is a case in
// fields.go.
package formatters
