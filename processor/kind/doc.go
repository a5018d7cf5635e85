// Package kind has the words for what can become of a call: one list for the
// answer, the log level and the label of a metric. Each kind says who can fix it.
//
// An error knows its own kind: its type has the method of [Error]. So whoever
// adds an error decides that beside its text, and [Of] sorts the errors of all
// packages without knowing one of them.
package kind
