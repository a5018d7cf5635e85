//go:build !linux

package worker

import (
	"errors"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// confine has nothing to put up here: what stands between a script and the
// system is goja and esbuild alone.
func confine() []wire.Barrier {
	return []wire.Barrier{wire.NewBarrier("sandbox", errors.New("only Linux has what confines a render worker"))}
}
