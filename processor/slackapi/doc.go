// Package slackapi posts messages to Slack, each one once, in order and at
// Slack's pace.
//
// What it promises:
//
//   - Messages of one channel go out in the order in which Post was called,
//     about one a second with a short burst before that. Channels do not wait
//     for each other.
//   - What heals with time (a rate limit, an outage, a cut connection) is tried
//     again until the delivery timeout. Retry-After is respected.
//   - An ambiguous answer (a cut body, a time-out after sending, a 5xx) is never
//     followed by a blind second try. The message is looked up by the delivery id
//     in its metadata; what is found counts as posted. Files carry no such id: a
//     share is repeated only where Slack does not have the file.
//   - A file goes through from where it is opened, and is never whole in memory.
//   - Every failure is one of four types (errors.go): [RefusedError],
//     [InvalidError], [UnavailableError], [UnknownError]. Their texts are one
//     sentence that says what failed and one that says what to do.
//   - Blocks and attachments travel as the JSON that the layout made.
//   - The token is never printed, logged or sent to another host.
//
// What it leaves to the caller: checking the message against Slack's rules,
// splitting what is too long, what to do after an UnknownError, and remembering
// across a crash that a message had been begun (Find then says whether it is
// there). Start reading at poster.go, then post.go for one message; channels.go,
// people.go and history.go are what a function may ask about channels; upload.go
// brings a file to Slack, share.go shows it; card.go shows a message anew.
package slackapi
