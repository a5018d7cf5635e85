// Package status is what people and supervisors see of the running service: a
// report, a page, Prometheus metrics, and the answers of /healthz and /readyz.
//
// The parts of the service leave on a [Board] what there is to show; the board
// outlives a reload of the settings, which makes new parts. [Board.Report] is the
// service at one moment. [Serve] offers it over HTTP, [Ask] gets it from there.
//
// It promises that a look at the status takes every lock of the service once, so
// that a service that hangs does not look alive; that nothing of an incident's
// text is shown unless the service's own user or root asks for it on the same
// machine (token.go); that no page of somebody else's can read it through a
// browser (server.go); and that the page runs nothing but its own files. It only
// reads.
//
// It leaves to its callers to say what happens, and where it is served.
package status
