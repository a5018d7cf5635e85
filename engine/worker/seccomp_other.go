//go:build linux && !amd64 && !arm64

package worker

import (
	"errors"
	"runtime"
)

func FilterCalls() error {
	return errors.New("there is no list of system calls for " + runtime.GOARCH)
}
