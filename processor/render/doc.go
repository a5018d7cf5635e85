// Package render turns the inputs of one call into the messages that Slack is to get,
// those of slack_post_attachment into the comment of a file (comment.go). It is the one
// renderer of the project: the service posts what it returns, the previewer shows it.
//
// The way through [Renderer.Render]: the function's inputs, of which there are two
// sets, are read (inputs.go, room.go), and slack_details or slack_text is made into
// fields (packages details and formatters); the scripts that may take the call are
// tried in their order, in a render worker (package engine); in the worker the
// driver (driver.js) gives meaning to the members of a script; what the script
// returns is checked and made into a message (result.go), mentions that come from the
// input are escaped, what is too long is fitted, and the rest of Slack's rules must
// hold.
//
// It promises that a call with readable inputs always gives messages, whatever
// the scripts do: the classic layout stands behind them, unless the
// configuration says that a failed script fails the call.
//
// To change what a script can do, change driver.js (members, builders) or
// predeclared.go (functions in Go) here, and formatter.d.ts in package scripts.
package render
