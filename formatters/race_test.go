//go:build race

package formatters

// underRace: times say nothing under the race detector, whose own memory grows
// faster than what it watches.
const underRace = true
