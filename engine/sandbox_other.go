//go:build !linux

package engine

import "errors"

// confine has nothing to put up here: what stands between a script and the
// system is goja and esbuild alone.
func confine() []Barrier {
	return []Barrier{barrier("sandbox", errors.New("only Linux has what confines a render worker"))}
}
