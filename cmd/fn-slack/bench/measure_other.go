//go:build !linux

package bench

import "errors"

func measure(int) (measured, error) {
	return measured{}, errors.New("what a process uses is measured on Linux only")
}
