package status

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed web
var web embed.FS

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Serve serves the status at an address, host:port, until ctx ends; an empty one
// is nowhere. An address that cannot be had is a warning: the messages matter
// more.
func Serve(ctx context.Context, address string, board *Board, log *slog.Logger) {
	if address == "" {
		return
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Warn("no status page; set status_address to another address, or to off", "error", err)
		return
	}
	serveOn(ctx, listener, board, log)
}

func serveOn(ctx context.Context, listener net.Listener, board *Board, log *slog.Logger) {
	server := &http.Server{
		Handler:           handler(board, listener.Addr()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	log.Info("status page", "url", "http://"+listener.Addr().String()+"/")
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		log.Warn("the status page has ended", "error", err)
	case <-ctx.Done():
		// Nobody waits for a status while the service ends.
		if err := errors.Join(server.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			log.Debug("status page", "error", err)
		}
	}
}

// handler is everything under the address. It only reads.
func handler(board *Board, address net.Addr) http.Handler {
	pages := routes(board)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name of somebody's that points to this address must not let that
		// somebody's page read the status through a browser here.
		if fromLoopback(address.String()) && !nameIsLocal(r.Host) {
			answerText(w, http.StatusForbidden, "ask by address or as localhost")
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		pages.ServeHTTP(w, r)
	})
}

func routes(board *Board) http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	mux := http.NewServeMux()
	static := http.FileServerFS(files)
	mux.Handle("GET /{$}", static)
	mux.Handle("GET /status.css", static)
	mux.Handle("GET /status.js", static)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		board.Report(false) // takes the locks: a service that hangs does not answer
		answerText(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if r := board.Report(false); !r.Ready {
			answerText(w, http.StatusServiceUnavailable, r.NotReady)
			return
		}
		answerText(w, http.StatusOK, "ready")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept")
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.ServeFileFS(w, r, files, "index.html")
			return
		}
		answerJSON(w, board.Report(r.FormValue("text") == "1" && fromLoopback(r.RemoteAddr)))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(board.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	return mux
}

func answerJSON(w http.ResponseWriter, r Report) {
	var b bytes.Buffer // a report that cannot be encoded must not be half sent
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		answerText(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = b.WriteTo(w)
}

func answerText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// fromLoopback reports whether host:port is on this machine's loopback.
func fromLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// nameIsLocal reports whether a Host header is an address or localhost.
func nameIsLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}
