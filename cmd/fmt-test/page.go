package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

//go:embed web/index.html web/page.css web/page.js web/icon.svg
var web embed.FS

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is the page of --serve.
type page struct {
	desk *desk
	file string // the sample of the command line; "" for none
	host string // that the page may be asked for, beside addresses and localhost

	mu      sync.Mutex
	changed chan struct{}              // closed at the next change
	good    map[string]picture         // the last good one, by script and sample
	inside  map[string]exportedSamples // by script
}

// serve shows the page until ctx ends.
func (p *program) serve(ctx context.Context, t target, from string, set settings) error {
	if from == "-" {
		return usage("--serve needs a sample in a file")
	}
	host, _, err := net.SplitHostPort(p.o.serve)
	if err != nil {
		return usage("--serve=%s: want HOST:PORT, such as %s", p.o.serve, defaultAddr)
	}
	if from != "" {
		if _, err := os.Stat(from); err != nil {
			return err
		}
	}
	b, err := openDesk(t.dir, "", set)
	if err != nil {
		return err
	}
	if t.script != "" {
		if _, err := b.script(t.script); errors.As(err, new(usageError)) {
			b.close()
			return err
		}
	}
	l, err := listen(ctx, p.o.serve)
	if err != nil {
		b.close()
		return err
	}
	pg := &page{desk: b, file: from, host: host, changed: make(chan struct{}), good: map[string]picture{}, inside: map[string]exportedSamples{}}
	address := "http://" + l.Addr().String() + "/"
	if t.script != "" {
		address += "#" + url.PathEscape(t.script)
	}
	if !isLoopback(l.Addr()) {
		fmt.Fprintln(p.stderr, "warning: the page can be read from other machines, with all that is in the samples")
	}
	fmt.Fprintf(p.stdout, "%s shows %s; Ctrl-C ends it\n", address, t.dir)

	server := &http.Server{Handler: pg.handler(), ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	server.BaseContext = func(net.Listener) context.Context { return ctx } // ends the event streams
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		// Nothing that is under way is worth waiting for.
		return server.Close()
	})
	group.Go(func() error {
		var files []string
		if from != "" {
			files = append(files, from)
		}
		return b.follow(ctx, files, pg.change)
	})
	return group.Wait()
}

// listen takes any free port where the usual one is in use.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) && addr == defaultAddr {
		return lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	return l, err
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func (pg *page) handler() http.Handler {
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
	mux.HandleFunc("GET /events", pg.events)
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
		mux.ServeHTTP(w, r)
	})
}

// knows refuses foreign names: a web page elsewhere could give its own name the
// address of this server, and read the samples.
func (pg *page) knows(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || host == pg.host && host != "" || net.ParseIP(host) != nil
}

// events says "change" when the page should look again.
func (pg *page) events(w http.ResponseWriter, r *http.Request) {
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
		if _, err := fmt.Fprint(w, "event: change\ndata: look\n\n"); err != nil || flush.Flush() != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
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

func (pg *page) change() {
	pg.mu.Lock()
	defer pg.mu.Unlock()
	close(pg.changed)
	pg.changed = make(chan struct{})
}

func (pg *page) keep(key string, p picture) {
	pg.mu.Lock()
	defer pg.mu.Unlock()
	pg.good[key] = p
}

func (pg *page) last(key string) (picture, bool) {
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
