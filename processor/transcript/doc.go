// Package transcript is the history of a channel as people read it: a block for each
// message, in the layout of the original or in a script's.
//
// It promises that nothing that somebody wrote reads as a line of ours, and that memory
// does not grow with the history: of that it has a page at a time, as [History] gives
// it. It leaves to others where messages and names come from (package archive: from
// Slack; package sample: from a file) and which script lays them out (package render).
// Start at text.go; message.go is what is read of a message.
package transcript
