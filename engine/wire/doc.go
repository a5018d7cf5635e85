// Package wire is what the service and its render workers say to each other over
// a worker's standard input and output: frames, the limits that a worker holds
// itself to, and the kinds of error that it reports.
//
// It promises that a frame is read with bounds whatever the other side sends,
// and that both sides mean the same by a limit and a kind. Positions in an
// [Error] are those of the bundle; package bundle leads them back.
//
// It leaves to others who starts and kills a worker (package engine), and what a
// request makes it do (package worker). Start reading at frames.go.
package wire
