// Package mask hides secrets in all that leaves the program for people: logs,
// the standard output and error, the status.
//
// The settings' own types print a mask by themselves. This is for what comes
// back from outside: a server that repeats a password in its error, as it is or
// as it was sent, or a page of HTML around it.
//
// It promises that a secret which is known ([Secrets.Hide]) is not shown, however
// one of the usual encodings has written it, and that one which is replaced is
// not forgotten at once: an old error may hold an old secret.
//
// It leaves to the caller to know the secrets, and to put all that it writes
// through [Secrets.Text] or [Secrets.Writer].
package mask
