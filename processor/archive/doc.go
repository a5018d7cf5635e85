// Package archive is the function slack_archive_channel: the whole history of a
// channel becomes an attachment of its incident or task, then the channel is
// archived.
//
// [Function.Run] is its way, in steps: the channel is chosen (package channel), gets
// a last message, its history is attached as text and, where the settings say so, as
// JSON lines, and it is archived. So a call that is begun again does what is left.
//
// It promises that nothing is lost that was written before the attachment is sent:
// the history is read before the last message, and once more after it. Memory does
// not grow with the length of messages: they wait in a file of state_dir that only
// this process can open, 32 bytes for each stay in memory. A channel of several
// incidents is archived only where the call names it, the workspace's general one
// never.
//
// What it leaves to others: pages, pace and tries to slackapi, the upload to
// resilient. Start at function.go; history.go is what is read, text.go how it looks.
package archive
