package status

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A page of somebody's reaches us by a name of theirs.
func TestNamesOfOthersAreRefusedOnEveryAddress(t *testing.T) {
	for _, c := range []struct {
		address string
		more    []string
		host    string
		code    int
	}{
		{"127.0.0.1:9808", nil, "evil.example.com", http.StatusForbidden},
		{"0.0.0.0:9808", nil, "evil.example.com:9808", http.StatusForbidden},
		{":9808", nil, "evil.example.com", http.StatusForbidden},
		{"[::]:9808", nil, "localhost.evil.example.com", http.StatusForbidden},
		{"0.0.0.0:9808", nil, "10.1.2.3.evil.example.com", http.StatusForbidden},
		{"0.0.0.0:9808", nil, "", http.StatusForbidden},
		{"0.0.0.0:9808", nil, "10.1.2.3:9808", http.StatusOK}, // a probe of Kubernetes
		{"[::]:9808", nil, "[fd00::1]:9808", http.StatusOK},
		{":9808", nil, "[::1]", http.StatusOK},
		{"0.0.0.0:9808", nil, "LocalHost:9808", http.StatusOK},
		{"soar-node:9808", nil, "SOAR-node.:9808", http.StatusOK},
		{"0.0.0.0:9808", []string{"Fn-Slack.example.com"}, "fn-slack.example.com:9808", http.StatusOK},
		{"0.0.0.0:9808", []string{"fn-slack.example.com"}, "other.example.com", http.StatusForbidden},
	} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		handler(New("test", "test", nil, nil), allowedHosts(c.address, c.more)).ServeHTTP(w, r)
		if w.Code != c.code || (c.code == http.StatusForbidden) != strings.Contains(w.Body.String(), "status_hosts") {
			t.Errorf("%s on %s, %q: %d %s", c.host, c.address, c.more, w.Code, w.Body)
		}
	}
}

func TestTextsAreForWhoHasTheToken(t *testing.T) {
	board, other, dir := New("test", "test", nil, nil), New("test", "test", nil, nil), t.TempDir()
	if err := board.KeepToken(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, tokenFile)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v: %v", err, info.Mode())
	}
	token, err := ReadToken(dir)
	if err != nil || token != board.token || len(token) != 64 || token == other.token {
		t.Fatalf("%v: token %q and %q", err, token, other.token)
	}
	for _, c := range []struct {
		from, token string
		code        int
	}{
		{"127.0.0.1:5000", token, http.StatusOK},
		{"[::1]:5000", token, http.StatusOK},
		{"10.1.2.3:5000", token, http.StatusOK}, // the address that it was sent to
		{"10.1.2.4:5000", token, http.StatusForbidden},
		{"127.0.0.1:5000", "", http.StatusForbidden},
		{"127.0.0.1:5000", token[:63], http.StatusForbidden},
		{"127.0.0.1:5000", other.token, http.StatusForbidden},
	} {
		r := httptest.NewRequest(http.MethodGet, "/status?text=1", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 9808}))
		r.Host, r.RemoteAddr = "localhost", c.from
		r.Header.Set(tokenHeader, c.token)
		w := httptest.NewRecorder()
		handler(board, []string{"localhost"}).ServeHTTP(w, r)
		if w.Code != c.code {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte(strings.Repeat("root:x:0:0", 10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if token, err := ReadToken(dir); err == nil {
		t.Errorf("%q is sent as a token", token)
	}
}

// counted counts what a listener has open.
type counted struct {
	net.Listener
	open, most atomic.Int64
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.most.Store(max(c.most.Load(), c.open.Add(1)))
	var once atomic.Bool
	return countedConn{conn, func() {
		if once.CompareAndSwap(false, true) {
			c.open.Add(-1)
		}
	}}, nil
}

func (c countedConn) Close() error { c.closed(); return c.Conn.Close() }

// A flood of connections must leave the workers their file descriptors, and
// those that wait are answered all the same.
func TestConnectionsAreBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &counted{Listener: l}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		serveOn(ctx, listener, nil, New("test", "test", nil, nil), slog.New(slog.DiscardHandler))
	}()
	defer func() { stop(); <-ended }()
	var conns []net.Conn
	for range maxConnections + 8 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	for end := time.Now().Add(time.Minute); listener.open.Load() < maxConnections; {
		if time.Now().After(end) {
			t.Fatalf("%d connections are open", listener.open.Load())
		}
		<-time.After(time.Millisecond)
	}
	for _, conn := range conns {
		// One whose time has run out is closed; a machine under load is slow.
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"); err != nil {
			continue
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conns[len(conns)-1]), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v: %v", err, resp)
	}
	if most := listener.most.Load(); most > maxConnections {
		t.Errorf("%d connections were open at once", most)
	}
}
