// Package card is what a message that follows its incident remembers of it.
//
// A [State] is the labels and values that the message shows, and of which moment. It
// stands in the message's own metadata, so that every instance, a restart and a lost
// state folder find it there. [State.Changes] tells what is new against it.
//
// It promises that a state fits into [MaxBytes], whatever the incident holds: what
// does not fit is kept as a hash, so that a change of it is seen and only its old
// value is not known.
//
// What it leaves to others: asking Slack for it (package slackapi), and who may
// overtake whom (package message). Start at state.go.
package card
