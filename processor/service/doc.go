// Package service puts the parts together and keeps them running: one instance
// of the service, with its log, its status page and its settings.
//
// [Run] holds the lock file and starts what [Serve] is, the service with one set
// of settings. Changed settings are tried beside the running service (trial.go);
// those that work are taken over, those that do not leave the old ones in use
// (supervise.go). What ends a service that has worked, such as a full disk, is
// waited out.
//
// It promises that nothing of it is the process's: it reads no environment and
// no command line, takes no signals and keeps nothing in variables of the
// package, so that two services run in one process. It returns when all that it
// has started has ended.
//
// It leaves the way of a call to package processor, and to the program what is
// the process's: signals, the garbage collector, telling systemd, exit statuses.
package service
