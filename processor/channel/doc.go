// Package channel is which channel a call goes to, and who is in it.
//
// [Rooms.Enter] finds the channel that the call names, or else the one that the
// data table has for its incident or task; makes it where it is missing and the
// call says whether it is to be private; enters it in the table; invites. What it
// had to decide for itself is a note.
//
// It promises that an incident has one channel and one row, also where two first
// calls come at once or the process is killed at any point: making, entering,
// inviting and linking are steps. A channel is known by its id, so that it is
// followed when it gets another name.
//
// [Rooms.Find] and [Rooms.Others] are for what ends a channel: they change nothing.
//
// What it leaves to others: posting (package message), the requests and their
// tries (packages slackapi and resilient). Start at rooms.go.
package channel
