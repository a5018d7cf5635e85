// Package worker is the child process in which scripts are bundled, compiled and
// run: [Main] is its whole life.
//
// It promises a fresh runtime for every call of a script, clock and random
// numbers that follow from the request alone, limits on time, call depth, memory
// and output, and that what a script meets besides the language is what
// [Predeclared] says.
//
// It leaves to its parent (package engine) to kill it when it does not answer:
// a regular expression or a built-in function of goja cannot be interrupted from
// within. Start reading at worker.go, then environment.go.
package worker
