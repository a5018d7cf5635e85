// Package selftest tries everything that the service needs, one thing after the
// other, and says for each how it went, how long it took and what to do: the
// settings, the platform, the broker, Slack, the scripts, the state folder.
//
// It promises to change nothing and to post nothing, to go on after a failure as
// far as that makes sense, and to end: no check lasts much longer than its time.
//
// The parts that it tries are those of the service (package parts). The order of
// the checks is in selftest.go, each of them in steps.go. What a failure means
// for the exit status is the caller's.
package selftest
