//go:build linux && !amd64 && !arm64

package engine

import (
	"errors"
	"runtime"
)

func filterCalls() error {
	return errors.New("there is no list of system calls for " + runtime.GOARCH)
}
