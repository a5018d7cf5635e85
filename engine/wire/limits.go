package wire

import "time"

// Defaults of Limits.
const (
	// defaultTime is some six hundred times what a nine-field card costs, so
	// that a pause of the machine does not stop an honest script, and still a
	// hanging one is answered well within a second.
	defaultTime = 250 * time.Millisecond
	// defaultLoadTime is for bundling and compiling, which is done before a
	// version goes live and so keeps no message waiting: a hundred times the
	// cost of a large script.
	defaultLoadTime = time.Second
	// defaultCallDepth is more than honest layouts need. The unwinding of
	// native frames is quadratic: 5,000 takes a second.
	defaultCallDepth = 256
	// defaultMemory is three hundred times what a nine-field card needs.
	defaultMemory = 64 << 20
	// DefaultSource is forty times a long layout, and small enough that no
	// compiler can be kept busy with it for long.
	DefaultSource = 64 << 10
	// defaultOutput is three times the largest message that Slack takes (50
	// blocks of 3,000 characters come to about 150 KB of JSON), so that a layout
	// that is only too long still reaches the caller, who can fit it.
	defaultOutput = 512 << 10
)

// Limits bound one call of a script. Zero members have the defaults: 250 ms, a
// second, 256 calls, 64 MiB, 64 KiB and 512 KiB.
type Limits struct {
	Time      time.Duration // wall time of one script for one request
	LoadTime  time.Duration // wall time of bundling and of compiling
	CallDepth int           // nested calls
	Memory    int64         // bytes of a worker's heap and stacks, beyond the some 15 MiB that it starts with; Linux holds it to within 32 MiB
	Source    int           // bytes, of one script with all that it imports
	Output    int           // bytes of JSON
}

// WithDefaults puts the defaults in the place of zeros.
func (l Limits) WithDefaults() Limits {
	if l.Time == 0 {
		l.Time = defaultTime
	}
	if l.LoadTime == 0 {
		l.LoadTime = max(defaultLoadTime, l.Time)
	}
	if l.CallDepth == 0 {
		l.CallDepth = defaultCallDepth
	}
	if l.Memory == 0 {
		l.Memory = defaultMemory
	}
	if l.Source == 0 {
		l.Source = DefaultSource
	}
	if l.Output == 0 {
		l.Output = defaultOutput
	}
	return l
}

// KillGrace is how long after the time limit a worker may take to say so
// itself, with the line that was running, before it is killed. Regular
// expressions notice the limit late (regexpGrace, regexpTick).
const KillGrace = 250 * time.Millisecond

// MaxGoStack is the size of a goroutine's stack at which Go ends the worker.
// It must lie well below the memory limit, because a stack doubles by copying,
// or deep recursion in native code would look like lack of memory.
const MaxGoStack = 16 << 20
