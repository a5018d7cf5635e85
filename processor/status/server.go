package status

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

//go:embed web
var web embed.FS

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxConnections are open at once; more wait in the system's queue, where they
// take no file descriptor from the broker, Slack and the render workers. People
// and probes need a few.
const maxConnections = 32

// Serve serves the status at an address, host:port, until ctx ends; an empty one
// is nowhere. It answers requests that name no host but that of the address,
// localhost, an IP address, or one of hosts. An address that cannot be had is a
// warning: the messages matter more.
func Serve(ctx context.Context, address string, hosts []string, board *Board, log *slog.Logger) {
	if address == "" {
		return
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Warn("no status page; set status_address to another address, or to off", "error", err)
		return
	}
	serveOn(ctx, listener, allowedHosts(address, hosts), board, log)
}

func serveOn(ctx context.Context, listener net.Listener, hosts []string, board *Board, log *slog.Logger) {
	listener = netutil.LimitListener(listener, maxConnections)
	server := &http.Server{
		Handler: handler(board, hosts),
		// Short, because who holds connections without a word holds them from
		// probes. The page asks every two seconds.
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       5 * time.Second,
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

// A name of somebody's that points to this machine must not let that somebody's
// page read the status through a browser which can reach it (DNS rebinding). So
// a request that names a host must name one of ours, on whatever address the
// status is served. An IP address is nobody's name: a page can only have it as
// its own when it comes from there, so that probes and ports that are mapped
// into a container need no setting.

// allowedHosts are the names of the status that is served at an address,
// host:port, with more of the settings.
func allowedHosts(address string, more []string) []string {
	host, _, _ := net.SplitHostPort(address) // none is no name
	hosts := []string{"localhost"}
	for _, name := range append([]string{host}, more...) {
		if name != "" {
			hosts = append(hosts, canonical(name))
		}
	}
	return hosts
}

// hostAllowed reports whether a Host header is an IP address or one of the names.
func hostAllowed(header string, names []string) bool {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	}
	return net.ParseIP(strings.Trim(host, "[]")) != nil || slices.Contains(names, canonical(host))
}

// canonical is a name without what makes no difference in DNS.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// handler is everything under the address. It only reads.
func handler(board *Board, hosts []string) http.Handler {
	pages := routes(board)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostAllowed(r.Host, hosts) {
			http.Error(w, "ask by IP address or as localhost, or add the name that you ask by to status_hosts in the settings", http.StatusForbidden)
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
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if r := board.Report(false); !r.Ready {
			http.Error(w, r.NotReady, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept")
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.ServeFileFS(w, r, files, "index.html")
			return
		}
		text := r.FormValue("text") == "1"
		if text && !board.mayReadTexts(r) {
			http.Error(w, "texts of incidents are shown to the service's own user and to root, on this machine: fn-slack status --show-text", http.StatusForbidden)
			return
		}
		answerJSON(w, board.Report(text))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(board.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	return mux
}

func answerJSON(w http.ResponseWriter, r Report) {
	var b bytes.Buffer // a report that cannot be encoded must not be half sent
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = b.WriteTo(w)
}
