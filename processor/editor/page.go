package editor

import (
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

//go:embed web
var web embed.FS

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Config says what a page shows. Desk is required.
type Config struct {
	Desk *Desk
	// File is a sample for every script, beside those of the folder; "" is none.
	File string
	// Host is a name that the page may be asked for by, beside addresses and
	// localhost.
	Host string
	// Edit lets the page write the scripts of the folder, for those who ask from
	// this machine.
	Edit bool
	// Home is a link back, relative to the page; "" is none.
	Home string
}

// Page is the page. It follows the engine's scripts by itself.
type Page struct {
	http.Handler // of the page, at the root

	cfg   Config
	token string // that a save must bring

	judging sync.Mutex // one at a time

	saving sync.Mutex // from the look at the version to the rename
	opened sync.Map   // names of the scripts whose text the page has had; they may be written again when they are gone

	mu      sync.Mutex
	changed chan struct{}              // closed at the next change
	good    map[string]picture         // the last good one, by script and sample
	inside  map[string]exportedSamples // by script
	judged  judged                     // the latest
}

// New makes a page.
func New(cfg Config) *Page {
	pg := &Page{cfg: cfg, changed: make(chan struct{}), good: map[string]picture{}, inside: map[string]exportedSamples{}, token: rand.Text()}
	pg.Handler = pg.handler()
	return pg
}

func (pg *Page) handler() http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is a part of the program
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /message.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write([]byte(preview.CSS()))
	})
	mux.HandleFunc("GET /view", func(w http.ResponseWriter, r *http.Request) {
		v := pg.view(r.Context(), r.URL.Query().Get("script"), r.URL.Query().Get("sample"))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(v) // the reader is gone
	})
	mux.HandleFunc("GET /judged", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(pg.judge(r.Context())) // the reader is gone
	})
	mux.HandleFunc("GET /events", pg.events)
	if pg.cfg.Edit {
		mux.HandleFunc("GET /completions", completions)
		mux.HandleFunc("POST /save", pg.save)
	}
	// A page elsewhere may send forms here, but must not change anything.
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !pg.knows(r.Host) {
			http.Error(w, "this server does not answer to that name", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// knows refuses foreign names: a web page elsewhere could give its own name the
// address of this server, and read the samples.
func (pg *Page) knows(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || host == pg.cfg.Host && host != "" || net.ParseIP(host) != nil
}

// events says "change" when the page should look again.
func (pg *Page) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	alive := time.NewTicker(20 * time.Second) // notices a reader that is gone
	defer alive.Stop()
	for {
		// What is waited for is taken before the page is told to look, so that
		// no change falls between.
		pg.mu.Lock()
		changed := pg.changed
		pg.mu.Unlock()
		replaced := pg.cfg.Desk.scripts().Replaced()
		if _, err := fmt.Fprint(w, "event: change\ndata: look\n\n"); err != nil || flush.Flush() != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-replaced:
				waiting = false
			case <-alive.C:
				if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil || flush.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Change makes the page look again.
func (pg *Page) Change() {
	pg.mu.Lock()
	defer pg.mu.Unlock()
	close(pg.changed)
	pg.changed = make(chan struct{})
}

func (pg *Page) keep(key string, p picture) {
	pg.mu.Lock()
	defer pg.mu.Unlock()
	pg.good[key] = p
}

func (pg *Page) last(key string) (picture, bool) {
	pg.mu.Lock()
	defer pg.mu.Unlock()
	p, ok := pg.good[key]
	return p, ok
}

// sameFile reports whether two paths lead to the same file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
