package slacktest

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

//go:embed web
var web embed.FS

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxOrder bounds the text of an order, in bytes: many times what a message takes.
const maxOrder = 64 << 10

func (w *Workspace) pageRoutes(mux *http.ServeMux) {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	page := http.NewServeMux()
	page.Handle("GET /", http.FileServerFS(files))
	page.HandleFunc("GET /message.css", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = rw.Write([]byte(preview.CSS()))
	})
	page.HandleFunc("GET /view", w.serveView)
	page.HandleFunc("GET /events", w.serveEvents)
	if p := w.cfg.Panel; p != nil {
		page.HandleFunc("POST /send", func(rw http.ResponseWriter, r *http.Request) { press(rw, r, p.Send) })
		page.HandleFunc("POST /change", func(rw http.ResponseWriter, r *http.Request) { press(rw, r, p.Change) })
		page.HandleFunc("GET /file/{id}", func(rw http.ResponseWriter, r *http.Request) { serveFile(rw, r, p) })
	}
	if e := w.cfg.Editor; e != nil {
		editor := http.StripPrefix("/edit", e)
		page.Handle("GET /edit/", editor)
		page.Handle("POST /edit/", editor)
	}
	// A page elsewhere may send forms here, but must not change anything.
	guarded := http.NewCrossOriginProtection().Handler(page)
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(rw, r)
	})
}

// press takes what a form sends.
func press[T interface{ text() string }](rw http.ResponseWriter, r *http.Request, do func(context.Context, T) error) {
	var o T
	r.Body = http.MaxBytesReader(rw, r.Body, 8*maxOrder) // what JSON makes of maxOrder at worst
	err := errors.New("the request is not JSON")
	if r.Header.Get("Content-Type") == "application/json" {
		err = json.NewDecoder(r.Body).Decode(&o)
	}
	status := http.StatusBadRequest
	switch {
	case errors.As(err, new(*http.MaxBytesError)), len(o.text()) > maxOrder:
		status, err = http.StatusRequestEntityTooLarge, fmt.Errorf("the text is too long: at most %d KB", maxOrder>>10)
	case err == nil:
		status, err = http.StatusBadGateway, do(r.Context(), o)
	}
	if err != nil {
		writeJSON(rw, status, answer{"error": err.Error()})
		return
	}
	writeJSON(rw, http.StatusOK, answer{"ok": true})
}

// serveFile shows a file that was attached, as text: whatever its name and its bytes
// are, a browser makes nothing else of it.
func serveFile(rw http.ResponseWriter, r *http.Request, p Panel) {
	for _, f := range p.Files() {
		if strconv.Itoa(f.ID) == r.PathValue("id") {
			rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = rw.Write(f.Content)
			return
		}
	}
	http.NotFound(rw, r)
}

// serveEvents says "change" when the page should look again: at once, but a burst
// of messages is one more change.
func (w *Workspace) serveEvents(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(rw)
	const pause = 25 * time.Millisecond
	quiet := time.NewTicker(20 * time.Second) // notices a reader that is gone
	defer quiet.Stop()
	for {
		// What is waited for is taken before the page is told to look, so that
		// no change falls between.
		w.mu.Lock()
		changed, version := w.changed, w.version
		w.mu.Unlock()
		var acted, saved <-chan struct{}
		if w.cfg.Panel != nil {
			_, acted = w.cfg.Panel.Actions()
			_, saved = w.cfg.Panel.Scripts()
		}
		if _, err := fmt.Fprintf(rw, "event: change\ndata: %d\n\n", version); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-r.Context().Done():
			return
		case <-w.gone:
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-acted:
				waiting = false
			case <-saved:
				waiting = false
			case <-quiet.C:
				if _, err := fmt.Fprint(rw, ": still here\n\n"); err != nil || flush.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-w.gone:
				return
			}
		}
	}
}
