package slacktest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
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
		page.HandleFunc("POST /send", func(rw http.ResponseWriter, r *http.Request) { press(rw, r, p) })
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

// press takes what the form sends.
func press(rw http.ResponseWriter, r *http.Request, p Panel) {
	var o Order
	r.Body = http.MaxBytesReader(rw, r.Body, 8*maxOrder) // what JSON makes of maxOrder at worst
	err := errors.New("the request is not JSON")
	if r.Header.Get("Content-Type") == "application/json" {
		err = json.NewDecoder(r.Body).Decode(&o)
	}
	status := http.StatusBadRequest
	switch {
	case errors.As(err, new(*http.MaxBytesError)), len(o.Text) > maxOrder:
		status, err = http.StatusRequestEntityTooLarge, fmt.Errorf("the text is too long: at most %d KB", maxOrder>>10)
	case err == nil:
		status, err = http.StatusBadGateway, p.Send(r.Context(), o)
	}
	if err != nil {
		writeJSON(rw, status, answer{"error": err.Error()})
		return
	}
	writeJSON(rw, http.StatusOK, answer{"ok": true})
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
