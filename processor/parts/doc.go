// Package parts makes the parts of the service from its settings: the client of
// the platform's REST API, the connection to the broker, the poster for Slack,
// the engine with the scripts, the state folder.
//
// It promises that whoever tries a part tries the one that the service works
// with: the service, the trial of changed settings, the selftest and fn-slack
// customize all get theirs from a [Maker].
//
// It leaves to the caller to use the parts and to put them together (package
// service). What TLS trusts and which way leads through a proxy is in
// network.go.
package parts
