package broker

import (
	"net"
	"syscall"
)

const tcpUserTimeout = 18 // TCP_USER_TIMEOUT of linux/tcp.h, not in package syscall

// tune sets what Linux offers beyond keep-alive and returns a function that
// switches the delayed ack off; Linux switches it on again by itself, so it is
// called after each read. A kernel that knows an option not does without.
func tune(tcp *net.TCPConn) (quickAck func()) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return func() {}
	}
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(userTimeout.Milliseconds()))
	})
	set := func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	}
	return func() { raw.Control(set) }
}
