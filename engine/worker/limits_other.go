//go:build !linux

package worker

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// limitProcess cannot bound the memory here: no kernel but Linux counts what
// Go maps. watchMemory stands in for it.
func limitProcess(memory int64) (heap int64, err error) { return memory, nil }

// watchMemory ends the worker when it holds too much. It looks only now and
// then, so a single large allocation can get by it until the next look.
func watchMemory(limit int64) (stop func()) {
	if wire.RaceEnabled {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		meter := newMemoryMeter()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if meter.held() > limit {
				fmt.Fprintln(os.Stderr, "fatal error: out of memory")
				os.Exit(2)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
