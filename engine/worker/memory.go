package worker

import "runtime/metrics"

// memoryMeter measures what the heap and the stacks of this process hold. The
// rest, some 80 MiB of address space of which little is ever touched, is the
// runtime's own and the same in every worker.
type memoryMeter []metrics.Sample

func newMemoryMeter() memoryMeter {
	return memoryMeter{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
}

func (m memoryMeter) held() int64 {
	metrics.Read(m)
	n := uint64(0)
	for _, s := range m {
		n += s.Value.Uint64()
	}
	return int64(n)
}

// objects are the bytes of the heap's objects, also of those that nobody needs any more,
// as held has found them.
func (m memoryMeter) objects() int64 { return int64(m[0].Value.Uint64()) }
