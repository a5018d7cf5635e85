package engine

import (
	"errors"

	"golang.org/x/sys/unix"
)

// shedCapabilities sees to it that what this thread starts has no capabilities,
// and can never get any, also when root starts it. Nothing else may run on the
// thread any more. Errors are left to the worker, which looks (noCapabilities).
//
// A program that root starts gets all of the bounding set. So that is emptied, and
// the thread keeps its own capabilities, which may be what lets it read the
// program's file. Only who may not empty the set gives up its own: then
// no_new_privs sees to it that a program gets no more than that.
func shedCapabilities() {
	var denied error
	for c := uintptr(0); denied == nil; c++ {
		denied = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData // of 32 capabilities each
	// EINVAL is the answer for a capability beyond the last one.
	if errors.Is(denied, unix.EINVAL) && unix.Capget(&header, &sets[0]) == nil {
		sets[0].Inheritable, sets[1].Inheritable = 0, 0
	}
	_ = unix.Capset(&header, &sets[0])
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
