// Package logs is the log of the running service: on the standard error, and in
// a file that is rotated as the original's users know it, where its folder
// exists.
//
// It promises that no line holds one of the secrets that it was given (package
// mask), whoever brings it, and that a log which cannot be written fails nothing
// else and lets nobody wait; what is lost is counted ([Log.State]).
//
// It leaves to the caller what is logged, and to ask the environment whether
// journald reads the standard error. Begin with [Open]; the forms of a line are
// in logs.go and line.go, the writing is in outlet.go.
package logs
