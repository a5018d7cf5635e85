package stomptest

import (
	"io"
	"sync"
)

// jam is the input of a connection to a server with a ReceiveBuffer: what has
// arrived and is not read yet.
type jam struct {
	conn *conn

	mu   sync.Mutex
	more *sync.Cond
	data []byte
	err  error // why no more comes
}

func newJam(c *conn) *jam {
	j := &jam{conn: c}
	j.more = sync.NewCond(&j.mu)
	return j
}

// fill takes what arrives, and breaks the connection over a client that sends more
// than the buffer holds.
func (j *jam) fill() {
	p := make([]byte, 4<<10)
	for {
		n, err := j.conn.nc.Read(p)
		j.mu.Lock()
		j.data, j.err = append(j.data, p[:n]...), err
		full := len(j.data) > j.conn.server.cfg.ReceiveBuffer
		j.mu.Unlock()
		j.more.Signal()
		if full {
			j.conn.reset()
		}
		if err != nil {
			return
		}
	}
}

// Read waits until everything is written.
func (j *jam) Read(p []byte) (int, error) {
	s := j.conn.server
	s.mu.Lock()
	for !j.conn.ending && (j.conn.writing || len(j.conn.out) > 0) {
		j.conn.written.Wait()
	}
	s.mu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.data) == 0 {
		if j.err != nil {
			return 0, j.err
		}
		j.more.Wait()
	}
	n := copy(p, j.data)
	j.data = j.data[n:]
	return n, nil
}

func (c *conn) input() io.Reader {
	if c.server.cfg.ReceiveBuffer == 0 {
		return gate{c}
	}
	j := newJam(c)
	c.server.work.Go(j.fill)
	return j
}

// putDown says that everything is written, or will never be. Server.mu is held.
func (c *conn) putDown() {
	c.writing = false
	c.written.Broadcast()
}
