// Package calltest runs calls from end to end for tests: a service in this
// process, with its functions, between a stand-in broker and a stand-in workspace.
//
// A [Bench] sends calls as the platform does and reads their answers. Tests break
// the stand-ins (Bench.Broker, Bench.Slack), end the service and start it again.
//
// The test binary has to be its own render worker: TestMain is [Main].
package calltest
