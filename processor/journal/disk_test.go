package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// faulty is a file on a disk that fails.
type faulty struct {
	file
	room  *int       // bytes until the disk is full
	stuck bool       // full so much that nothing can be cut off either
	sick  bool       // syncs fail
	hold  sync.Mutex // syncs wait for it
	syncs atomic.Int64
}

func (f *faulty) WriteAt(b []byte, at int64) (int, error) {
	if f.room == nil || len(b) <= *f.room {
		return f.file.WriteAt(b, at)
	}
	n, err := f.file.WriteAt(b[:*f.room], at)
	return n, errors.Join(err, syscall.ENOSPC)
}

func (f *faulty) Truncate(size int64) error {
	if f.stuck {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

func (f *faulty) Sync() error {
	f.hold.Lock()
	defer f.hold.Unlock()
	f.syncs.Add(1)
	if f.sick {
		return syscall.EIO
	}
	return f.file.Sync()
}

// However much of a record has found room, the journal says no from then on, and
// the next one has everything before.
func TestHalfARecordOnAFullDisk(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		for _, room := range []int{0, 1, headSize - 1, headSize, headSize + 1, headSize + bodySize + len("new") - 1} {
			path := filepath.Join(t.TempDir(), "j")
			j := open(t, path, 0)
			begin(t, j, "a", Begun, true)
			must(t, j.Decided("a", []byte("answer")))
			j.file = &faulty{file: j.file, room: &room, stuck: stuck}
			for _, id := range []string{"new", "another"} {
				if _, _, err := j.Begin(id, false); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("room for %d bytes: %v", room, err)
				}
			}
			must(t, j.Close())

			j = open(t, path, 0)
			if e := begin(t, j, "a", Decided, false); string(e.Reply) != "answer" {
				t.Errorf("the answer is %q", e.Reply)
			}
			begin(t, j, "new", Begun, true)
			if lost := stuck && room > 0; j.Lost() != lost {
				t.Errorf("room for %d bytes, cut off again %v: lost %v", room, !stuck, j.Lost())
			}
			must(t, j.Close())
			begin(t, open(t, path, 0), "new", Begun, false)
		}
	}
}

// The kernel may have dropped what it could not write, and says so only once.
func TestASyncThatFailedIsNotTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	disk := &faulty{file: j.file, sick: true}
	j.file = disk
	begin(t, j, "a", Begun, true)
	begin(t, j, "b", Begun, true)
	for _, id := range []string{"a", "b"} {
		if err := j.Decided(id, nil); !errors.Is(err, syscall.EIO) {
			t.Errorf("decided without a disk: %v", err)
		}
		disk.sick = false
	}
	must(t, j.Close())
	begin(t, open(t, path, 0), "a", Decided, false)
}

// Of many who wait, one syncs for all who have written before it began.
func TestThoseWhoWaitShareASync(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"), 0)
	disk := &faulty{file: j.file}
	j.file = disk
	disk.hold.Lock()
	written := func() int64 {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.size
	}
	var wg sync.WaitGroup
	const n = 50
	for i := range n {
		begin(t, j, fmt.Sprint(i), Begun, true)
	}
	want := written() + n*(headSize+int64(bodySize))
	for i := range n {
		wg.Go(func() {
			if err := j.Decided(fmt.Sprint(i), nil); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(10 * time.Second); written() < want; {
		if time.Now().After(end) {
			t.Fatal("a write waits for a sync")
		}
		<-time.After(time.Millisecond)
	}
	disk.hold.Unlock()
	wg.Wait()
	burst := disk.syncs.Load()
	if burst != 1 && burst != 2 {
		t.Errorf("%d syncs for %d answers, want 2: one was under way", burst, n)
	}
	for i := range int64(3) {
		id := fmt.Sprint("lone ", i)
		begin(t, j, id, Begun, true)
		must(t, j.Decided(id, nil))
		must(t, j.Settled(id))
		if got := disk.syncs.Load() - burst; got != i+1 {
			t.Errorf("%d syncs for %d lone answers", got, i+1)
		}
	}
}
