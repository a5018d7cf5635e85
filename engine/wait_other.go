//go:build !linux

package engine

import "time"

// waitInKernel does not wait: the Read that follows does.
func waitInKernel(uintptr, time.Duration) {}
