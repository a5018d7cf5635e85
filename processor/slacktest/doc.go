// Package slacktest is a Slack workspace on loopback: the part of Slack's Web
// API that the service uses, over HTTP, and a page that shows the channels as
// Slack would.
//
// Tests use it to choose Slack's failures ([Workspace.Fail]) and to look at
// what was posted ([Workspace.Messages]); the demo shows its page and lets the
// page press the demo's buttons through a [Panel].
//
// It promises Slack's shapes and Slack's refusals for what it knows: tokens,
// scopes, channels, Block Kit's rules, threads, metadata, cursors, uploads. It does
// not deliver: no events, reactions or unfurling, and no file can be read again. It
// accepts connections for loopback names only and keeps everything in memory.
package slacktest
