package stomptest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// echo is a server that sends back what it gets.
func echo(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { io.Copy(c, c); c.Close() })
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() })
	return l.Addr().String()
}

// through starts a proxy before an echo and connects.
func through(t *testing.T) (*Proxy, net.Conn) {
	t.Helper()
	target := echo(t)
	p, err := StartProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, dialProxy(t, p)
}

func dialProxy(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// ask sends a line and gives what comes back.
func ask(c net.Conn, line string) (string, error) {
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

func wantEcho(t *testing.T, c net.Conn) {
	t.Helper()
	if got, err := ask(c, "hello"); got != "hello\n" {
		t.Fatalf("got %q, error %v", got, err)
	}
}

func TestProxyPassesAndResets(t *testing.T) {
	p, c := through(t)
	wantEcho(t, c)
	p.setDelay(time.Millisecond)
	wantEcho(t, c)
	if n := p.Reset(); n != 1 {
		t.Errorf("%d connections reset, want 1", n)
	}
	if _, err := ask(c, "hello"); err == nil {
		t.Error("the connection lives after a reset")
	}
	wantEcho(t, dialProxy(t, p))
	if got := p.Accepted(); got != 2 {
		t.Errorf("%d accepted, want 2", got)
	}
}

func TestProxyBlackHoleHoldsBack(t *testing.T) {
	p, c := through(t)
	wantEcho(t, c)
	if err := p.SetMode(BlackHole); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if got, err := ask(c, "lost?"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %q, error %v, want a time-out", got, err)
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if err := p.SetMode(Pass); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(c).ReadString('\n'); got != "lost?\n" {
		t.Errorf("after the hole: %q, error %v", got, err)
	}
}

func TestProxyRefuses(t *testing.T) {
	p, c := through(t)
	wantEcho(t, c)
	if err := p.SetMode(Refuse); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error %v, want refused", err)
	}
	wantEcho(t, c)
	if err := p.SetMode(Pass); err != nil {
		t.Fatal(err)
	}
	wantEcho(t, dialProxy(t, p))
}

func TestProxyCuts(t *testing.T) {
	for name, arm := range map[string]func(*Proxy){
		"to the server": func(p *Proxy) { p.CutToServer(10) }, "to the client": func(p *Proxy) { p.CutToClient(10) },
	} {
		t.Run(name, func(t *testing.T) {
			p, c := through(t)
			arm(p)
			wantEcho(t, c) // six bytes
			if got, err := ask(c, "hello"); err == nil {
				t.Errorf("got %q over the cut", got)
			}
			wantEcho(t, dialProxy(t, p)) // only once
		})
	}
}

func TestProxyBeforeADeadServer(t *testing.T) {
	p, err := StartProxy("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got, err := ask(dialProxy(t, p), "hello"); err == nil {
		t.Errorf("got %q", got)
	}
}
