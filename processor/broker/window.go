package broker

import (
	"strconv"
	"sync"

	"github.com/go-stomp/stomp/v3/frame"
)

// maxUnread is half of the smallest buffer on the way, the receive buffer of
// 128 KiB that ActiveMQ gives a connection; the other half is what the kernel
// needs to keep its books of what lies there.
const maxUnread = 64 << 10

// maxUnasked bounds statuses and acknowledgements, which ask for no receipt: that
// of another frame tells when they were read.
const maxUnasked = maxUnread / 8

// window bounds what is written and perhaps not read yet. A broker that writes to
// us does not read meanwhile, and once its receive buffer is full its kernel drops
// what else we send, the acknowledgements of what it writes included. Then neither
// side gets on, until TCP_USER_TIMEOUT ends the connection.
//
// A broker reads the frames of a connection in their order. So a receipt says that
// all up to its frame has left the buffer, also with RabbitMQ, which handles them
// in an order of its own and may confirm a later one first.
type window struct {
	mu      sync.Mutex
	written int64            // bytes of all frames up to now
	asked   int64            // of them those up to the last frame that asks for a receipt
	read    int64            // and those up to the last whose receipt has come
	ends    map[string]int64 // by receipt that has not come: the bytes up to its frame
	own     uint64           // receipts that nobody else waits for
	moved   chan struct{}    // size 1: read has grown
}

func newWindow() *window {
	return &window{ends: map[string]int64{}, moved: make(chan struct{}, 1)}
}

// admit says whether a frame may be written now, and counts it then. One that is
// larger than the bound goes when no receipt is due. Where many bytes ask for no
// receipt, the frame is made to ask for one.
func (w *window) admit(f *frame.Frame) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := w.written + size(f)
	if end-w.read > maxUnread && w.asked > w.read {
		return false
	}
	w.written = end
	id := f.Header.Get(frame.Receipt)
	if id == "" && end-w.asked > maxUnasked {
		w.own++
		id = "w" + strconv.FormatUint(w.own, 10)
		f.Header.Add(frame.Receipt, id)
	}
	if id != "" {
		w.asked, w.ends[id] = end, end
	}
	return true
}

// confirm takes note of a receipt, or of the error in its place.
func (w *window) confirm(receipt string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end, due := w.ends[receipt]
	if !due {
		return
	}
	delete(w.ends, receipt)
	if w.read = max(w.read, end); len(w.moved) == 0 {
		w.moved <- struct{}{}
	}
}

// size is about what a frame takes on the wire.
func size(f *frame.Frame) int64 {
	n := len(f.Command) + len(f.Body) + 3
	for i := range f.Header.Len() {
		name, value := f.Header.GetAt(i)
		n += len(name) + len(value) + 2
	}
	return int64(n)
}
