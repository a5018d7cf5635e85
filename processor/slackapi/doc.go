// Package slackapi posts messages to Slack, each one once, in order and at
// Slack's pace. What it promises:
//
//   - Messages of one channel go out in the order of the calls of Post, about one
//     a second with a short burst before that. Channels do not wait for each other.
//   - What heals with time (a rate limit, an outage, a cut connection) is tried
//     again until the delivery timeout. Retry-After is respected.
//   - An ambiguous answer (a cut body, a time-out after sending, a 5xx) is never
//     followed by a blind second try: the message is looked up by the delivery id
//     in its metadata. Files carry none: a share is repeated only where Slack does
//     not have the file.
//   - A file goes through from where it is opened, and is never whole in memory.
//   - Every failure is one of four types (errors.go): [RefusedError],
//     [InvalidError], [UnavailableError], [UnknownError].
//   - Blocks and attachments travel as the JSON that the layout made.
//   - The token is never printed, logged or sent to another host.
//
// What it leaves to the caller: checking the message against Slack's rules,
// splitting what is too long, what to do after an UnknownError, and remembering
// across a crash that a message had been begun. Start at poster.go, then post.go
// for one message; channels.go, people.go and history.go are what a function may
// ask about channels; upload.go and share.go are for files, card.go shows anew.
package slackapi
