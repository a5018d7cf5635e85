// Package calltest runs calls from end to end for tests: a service with its
// functions, between a stand-in broker, a stand-in workspace and, where the functions
// need it, a stand-in platform.
//
// A [Bench] has the service in this process. It sends calls as the platform does and
// reads their answers; tests break the stand-ins (Bench.Broker, Bench.Slack), end the
// service and start it again. A [Drill] has it in a process of its own, which is
// killed at a moment that the test chooses, and checks that each call is answered once.
//
// The test binary has to be its own render worker, and the service of its drills:
// TestMain is [ServeDrill], where there are any, and [Main].
package calltest
