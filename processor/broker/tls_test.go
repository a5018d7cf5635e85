package broker_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestConformanceTLS(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		if b.server != nil {
			b = standInTLS(t, time.Hour)
		}
		if b.tlsAddr == "" {
			t.Skip("no TLS address")
		}
		calls, answers := queues()
		next := listen(t, b, answers)
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			cfg := b.config(t, calls)
			cfg.Addrs, cfg.TLS = []string{b.tlsAddr}, b.tls.Clone()
			cfg.TLS.MinVersion, cfg.TLS.MaxVersion = version, version
			c := consume(t, cfg)
			if got, want := c.State().TLS, tls.VersionName(version); got != want {
				t.Errorf("version %q, want %q", got, want)
			}
			dialPeer(t, b).send(calls, "1", answers, []byte("call"))
			if err := settle(t.Context(), c.next(t), []byte("answer")); err != nil {
				t.Fatal(err)
			}
			if got := string(next().Body); got != "answer" {
				t.Errorf("answer %q", got)
			}
			c.stop(t)
		}
	})
}

func TestTLSErrorsNameTheCause(t *testing.T) {
	for _, c := range []struct {
		name   string
		valid  time.Duration // the certificate, from now
		change func(*tls.Config)
		want   string
	}{
		{"wrong authority", time.Hour, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, "stomp_cafile"},
		{"wrong host name", time.Hour, func(c *tls.Config) { c.ServerName = "soar.example" }, "set stomp_host"},
		{"expired", -time.Minute, func(*tls.Config) {}, "not valid any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := standInTLS(t, c.valid)
			cfg := b.config(t, "q")
			cfg.TLS = b.tls
			c.change(cfg.TLS)
			checkTLSProblem(t, cfg, c.want)
		})
	}
	t.Run("not TLS", func(t *testing.T) {
		cfg := standIn(t, stomptest.Config{}).config(t, "q")
		cfg.Addrs, cfg.TLS = []string{talker(t, "SSH-2.0-OpenSSH_9.2\r\n")}, &tls.Config{}
		checkTLSProblem(t, cfg, "does not speak TLS")
	})
}

// talker is a server that says one thing to everybody and then listens.
func talker(t *testing.T, text string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer conn.Close()
				io.WriteString(conn, text)
				io.Copy(io.Discard, conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() })
	return l.Addr().String()
}

func checkTLSProblem(t *testing.T, cfg broker.Config, want string) {
	t.Helper()
	err := broker.Check(t.Context(), cfg)
	var got *broker.TLSError
	if !errors.As(err, &got) || !strings.Contains(err.Error(), want) {
		t.Errorf("Check: %v, want %q", err, want)
	}
}

// A broker on TLS that is spoken to in plain text must not look like a refused
// login.
func TestPlainClientOnTLSPort(t *testing.T) {
	b := standInTLS(t, time.Hour)
	cfg := b.config(t, "q")
	var got *broker.ConnectError
	if err := broker.Check(t.Context(), cfg); !errors.As(err, &got) {
		t.Errorf("Check: %v, want a ConnectError", err)
	}
}

// ActiveMQ 5.17 sometimes answers CONNECT over TLS 1.3 with this error; TLS 1.2
// always works there.
func TestFallsBackToTLS12(t *testing.T) {
	b := standInTLS(t, time.Hour)
	b.server.SetFaults(stomptest.Faults{RefuseLogins: "Already connected."})
	cfg := b.config(t, "q")
	cfg.TLS = b.tls
	c := start(t, cfg)
	eventually(t, "an attempt", func() bool { return c.State().Failures > 0 })
	b.server.SetFaults(stomptest.Faults{})
	eventually(t, "TLS 1.2", func() bool { return c.State().TLS == "TLS 1.2" })
}

// standInTLS starts a stand-in that speaks TLS only, with a certificate that is
// valid so long.
func standInTLS(t *testing.T, valid time.Duration) *target {
	t.Helper()
	authority, certificate, err := stomptest.Certificates(time.Now().Add(valid))
	if err != nil {
		t.Fatal(err)
	}
	b := standIn(t, stomptest.Config{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	b.tlsAddr, b.tls = b.addr, &tls.Config{RootCAs: x509.NewCertPool()}
	b.tls.RootCAs.AppendCertsFromPEM(authority)
	return b
}
