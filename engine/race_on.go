//go:build race

package engine

// raceEnabled lifts the memory limit of workers: the shadow memory of the race
// detector alone is larger.
const raceEnabled = true
