package worker

import (
	"fmt"
	"os"
	"reflect"
	"syscall"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// arenaSize is in what steps Go takes address space for its heap on 64-bit
// machines. The heap of a process starts at a random place of an arena.
const arenaSize = 64 << 20

// addressSlack is for everything but the heap, above all for the stacks of
// threads with cgo, 8 MiB each. It must be smaller than an arena.
const addressSlack = 48 << 20

// limitProcess bounds what the worker can hurt: its memory, and no core files.
//
// Two limits hold the memory, both relative to what is taken already, because
// Go reserves more than a gigabyte at the start. RLIMIT_DATA stops a heap that
// grows in small steps. It does not stop a single allocation of any size: Go
// maps its heap over a reservation, which the kernel takes for an exchange. So
// RLIMIT_AS stops the reservation, as exactly as arenas allow: half of one
// more or less. What the heap can really have is returned, so that the
// collector works harder before that is gone.
func limitProcess(memory int64) (heap int64, err error) {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return 0, err
	}
	// Where memory runs out, the kernel should take a worker and not the service.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	if wire.RaceEnabled {
		return memory, nil
	}
	size, data, err := mapped()
	if err != nil {
		return 0, err
	}
	place := int64(reflect.ValueOf(new([1 << 10]byte)).Pointer() % arenaSize)
	here := arenaSize - place // what the heap has left of its first arena
	more := (max(0, memory-arenaSize/2-here) + arenaSize - 1) / arenaSize * arenaSize
	n := uint64(size + more + addressSlack)
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		return 0, err
	}
	n = uint64(data + memory)
	return min(memory, here+more), syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: n, Max: n})
}

// mapped is the address space of this process, and the part of it that
// RLIMIT_DATA counts, in bytes.
func mapped() (size, data int64, err error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, err
	}
	var resident, shared, text, lib int64
	if _, err := fmt.Sscan(string(b), &size, &resident, &shared, &text, &lib, &data); err != nil {
		return 0, 0, fmt.Errorf("/proc/self/statm is %q: %w", b, err)
	}
	page := int64(os.Getpagesize())
	return size * page, data * page, nil
}

// watchMemory has nothing to do where the kernel holds the limit.
func watchMemory(int64) (stop func()) { return func() {} }
