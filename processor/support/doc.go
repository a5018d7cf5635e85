// Package support makes the archive that goes with a bug report: the settings,
// the versions, the status, the metrics, the last lines of the log, and the
// scripts by name and hash.
//
// It promises that the archive holds no secret (package mask) and no text of an
// incident: of what may quote one it takes only what is named in log.go.
//
// It leaves it to the caller where the archive goes. What cannot be had, as the
// status of a service that does not run, is told in the archive, and is no error.
// Begin with [Write].
package support
