// Package sample reads the inputs with which people try a layout, and checks
// scripts against the samples that lie beside them.
//
// A sample is one of: a slack_details object; the inputs of a call; a whole
// function call message as it came from the queue; or text that is none of
// these, which is taken for slack_details as a workflow's script wrote it.
//
// [Checker.Check] is what a new version of a script must pass before it goes
// live: it renders its samples and the built-in one, within Slack's rules.
// Rendering itself is the business of package render.
package sample
