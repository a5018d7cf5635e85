//go:build race

package wire

// RaceEnabled lifts the memory limit of workers: the shadow memory of the race
// detector alone is larger.
const RaceEnabled = true
