//go:build !race

package wire

const RaceEnabled = false
