// Package worker is the child process in which scripts are bundled, compiled and
// run: [Main] is its whole life.
//
// It promises a fresh runtime for every call of a script, clock and random
// numbers that follow from the request alone, limits on time, call depth, memory
// and output, and that what a script meets besides the language is what
// [Predeclared] says.
//
// Linux enforces all of it. On other systems the memory limit is held by the worker
// itself, which looks every few milliseconds and can be late, and it notices the
// death of its parent only by the end of its input, or when its own time is over.
// On Windows a script that the machine kept from running is blamed for its timeout.
//
// It leaves to its parent (package engine) to kill it when it does not answer:
// a regular expression or a built-in function of goja cannot be interrupted from
// within. Start reading at worker.go, then environment.go.
package worker
