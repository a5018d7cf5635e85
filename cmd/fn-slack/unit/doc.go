// Package unit is the service under systemd: its unit file, what installs and
// removes it, and what systemd is told while the service runs.
//
// It promises a unit that gives the service few rights and starts it again
// whenever it ends, and that installing names what would keep the service out
// before it does. It asks systemd for nothing where the unit lies elsewhere.
//
// It leaves to the commands what a wrong unit means for the exit status.
package unit
