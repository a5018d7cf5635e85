package engine

import (
	"context"
	"errors"
	"time"
)

// lastLook is how long the end waits for who is reading the scripts folder.
const lastLook = time.Second

var errHung = errors.New("a read of the folder hangs")

// unlessHung does what reads the scripts folder and returns when that is done, or
// with errHung soon after ctx has ended: a read of a network drive whose server is
// away never returns and cannot be cut, and must not hold up the end of the program.
// What do uses is not to be touched after that.
func unlessHung(ctx context.Context, do func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-done:
		return nil
	case <-time.After(lastLook):
		return errHung
	}
}
