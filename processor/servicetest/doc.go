// Package servicetest is for tests of the service and of its commands: a world
// with a stand-in platform and a stand-in Slack workspace, and the app.config
// that leads to them ([World]); the service in this process ([World.Run]); and
// the test binary as a program of its own, for what ends with a process
// ([Program]).
//
// It promises that what a test has started ends with the test, and that the test
// fails where a secret of the stand-ins stands in what was said.
//
// A test binary that uses it must begin with [Main].
package servicetest
