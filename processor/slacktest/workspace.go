package slacktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Workspace is a running workspace. Its methods may be called from many
// goroutines.
type Workspace struct {
	cfg     Config
	root    http.Handler
	methods map[string]method
	server  *http.Server
	addr    string
	served  chan struct{}
	running sync.WaitGroup // requests, and the work that outlives them
	gone    chan struct{}  // closed when the workspace ends: slow answers and event streams stop

	mu       sync.Mutex
	closed   bool
	channels []*room
	byName   map[string]*room // by name and by id
	byUser   map[string]*room // direct messages
	files    []*File          // those that were begun included
	lastTS   int64            // microseconds
	changed  chan struct{}    // closed and replaced at every change
	version  int
	faults   faults
	calls    map[string]int
	tiers    map[string]*bucket // by method
	log      []Request          // the latest
	requests int
}

// room is a channel with its messages, in the order of their ts.
type room struct {
	Channel
	user     string   // of a direct message
	people   []string // members beside the app, in the order in which they came
	messages []*Message
	pace     bucket
}

// New makes a workspace that does not listen: its Handler can be called by
// hand, which tests with a false clock need.
func New(cfg Config) (*Workspace, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	w := &Workspace{
		cfg:     cfg,
		methods: methods(),
		gone:    make(chan struct{}),
		byName:  map[string]*room{},
		byUser:  map[string]*room{},
		changed: make(chan struct{}),
		calls:   map[string]int{},
		tiers:   map[string]*bucket{},
	}
	for _, c := range cfg.Channels {
		r := &room{Channel: c}
		w.channels = append(w.channels, r)
		w.byName[c.Name], w.byName[c.ID] = r, r
	}
	w.root = w.routes()
	return w, nil
}

// Start makes a workspace that listens until Close.
func Start(cfg Config) (*Workspace, error) {
	w, err := New(cfg)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", w.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("slacktest: %w", err)
	}
	w.addr = l.Addr().String()
	w.server = &http.Server{Handler: w.root, ReadHeaderTimeout: 10 * time.Second}
	w.served = make(chan struct{})
	go func() {
		defer close(w.served)
		if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			w.cfg.Log.Error("slacktest: serving ended", "error", err)
		}
	}()
	return w, nil
}

// URL is the address of the page, without a slash at the end.
func (w *Workspace) URL() string { return "http://" + w.addr }

// APIURL is the address under which Slack's methods are.
func (w *Workspace) APIURL() string { return w.URL() + "/api/" }

// Handler serves the page and the methods.
func (w *Workspace) Handler() http.Handler { return w.root }

// Close cuts all connections and waits for the requests to end.
func (w *Workspace) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.gone)
	}
	w.mu.Unlock()
	var err error
	if w.server != nil {
		err = w.server.Close()
		<-w.served
	}
	w.running.Wait()
	return err
}

func (w *Workspace) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveAPI)
	mux.HandleFunc("/upload/{file}", w.upload)
	w.pageRoutes(mux)
	return w.counted(localOnly(http.NewCrossOriginProtection().Handler(mux)))
}

// counted lets Close wait for the requests, and lets none begin after it.
func (w *Workspace) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			http.Error(rw, "closed", http.StatusServiceUnavailable)
			return
		}
		w.running.Add(1)
		w.mu.Unlock()
		defer w.running.Done()
		next.ServeHTTP(rw, r)
	})
}

// localOnly refuses requests for names other than loopback ones: a web page
// elsewhere could give its own name the address 127.0.0.1 and read the answers.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(rw, "this server answers to loopback names only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// Messages gives copies of a channel's messages, replies included, oldest
// first. The channel is a name, an id, or a user's id.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(channel)
	if r == nil {
		return nil
	}
	list := make([]Message, len(r.messages))
	for i, m := range r.messages {
		list[i] = *m
	}
	return list
}

// Count is the number of messages in all channels.
func (w *Workspace) Count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.channels {
		n += len(r.messages)
	}
	return n
}

// Delete removes a message, as its author may in Slack, and tells whether it
// was there. Its replies stay.
func (w *Workspace) Delete(channel, ts string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(channel)
	if r == nil {
		return false
	}
	i, ok := r.index(ts)
	if !ok {
		return false
	}
	parent := r.messages[i].ThreadTS
	r.messages = append(r.messages[:i], r.messages[i+1:]...)
	if p, ok := r.index(parent); ok {
		r.messages[p].replies, r.messages[p].latest = r.thread(parent)
	}
	w.note()
	return true
}

// Wait returns when the condition holds. It is asked again after every change
// of the workspace.
func (w *Workspace) Wait(ctx context.Context, condition func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if condition() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// note tells those who wait that something changed. The caller holds the lock.
func (w *Workspace) note() {
	w.version++
	close(w.changed)
	w.changed = make(chan struct{})
}

// room finds a conversation. The caller holds the lock.
func (w *Workspace) room(channel string) *room {
	channel = strings.TrimPrefix(channel, "#")
	if r := w.byName[channel]; r != nil {
		return r
	}
	return w.byUser[channel]
}
