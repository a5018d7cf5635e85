// Package resilient speaks the platform's language: it reads the function
// calls that the platform puts on a message destination, writes the replies
// that the platform understands, and asks the platform's REST API what a
// service has to know before it can subscribe.
//
// It promises that a call is read leniently where the platform or a workflow
// author is known to be loose (unpaired surrogates, select values and text
// areas in the place of plain text), that what cannot be read is a typed error
// that says where, that every reply is one line of valid JSON of bounded size,
// and that no error and no log line of it holds a key or a password.
//
// It leaves to the caller: carrying messages (package broker), what the inputs
// of one function mean (package processor), and when to try again. [Temporary]
// says whether trying again can help.
package resilient
