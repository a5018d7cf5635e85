package broker_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestConformanceTLS(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		if b.server != nil {
			b = standInTLS(t, certificate(t, "127.0.0.1", time.Hour), "127.0.0.1")
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
			if err := c.next(t).Settle(t.Context(), []byte("answer")); err != nil {
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
		name  string
		host  string        // in the certificate
		ends  time.Duration // its validity, from now
		trust bool          // whether we know the authority
		want  broker.TLSProblem
	}{
		{"wrong authority", "127.0.0.1", time.Hour, false, broker.UnknownAuthority},
		{"wrong host name", "127.0.0.2", time.Hour, true, broker.WrongHostName},
		{"expired", "127.0.0.1", -time.Minute, true, broker.Expired},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := standInTLS(t, certificate(t, c.host, c.ends), "127.0.0.1")
			cfg := b.config(t, "q")
			cfg.TLS = b.tls
			if !c.trust {
				cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
			}
			checkTLSProblem(t, cfg, c.want)
		})
	}
	t.Run("not TLS", func(t *testing.T) {
		cfg := standIn(t, stomptest.Config{}).config(t, "q")
		cfg.Addrs, cfg.TLS = []string{talker(t, "SSH-2.0-OpenSSH_9.2\r\n")}, &tls.Config{}
		checkTLSProblem(t, cfg, broker.NotTLS)
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

func checkTLSProblem(t *testing.T, cfg broker.Config, want broker.TLSProblem) {
	t.Helper()
	err := broker.Check(t.Context(), cfg)
	var got *broker.TLSError
	if !errors.As(err, &got) || got.Problem != want {
		t.Errorf("Check: %v, want %q", err, want)
	}
}

// A broker on TLS that is spoken to in plain text must not look like a refused
// login.
func TestPlainClientOnTLSPort(t *testing.T) {
	b := standInTLS(t, certificate(t, "127.0.0.1", time.Hour), "127.0.0.1")
	cfg := b.config(t, "q")
	var got *broker.ConnectError
	if err := broker.Check(t.Context(), cfg); !errors.As(err, &got) {
		t.Errorf("Check: %v, want a ConnectError", err)
	}
}

// ActiveMQ 5.17 sometimes answers CONNECT over TLS 1.3 with this error; TLS 1.2
// always works there.
func TestFallsBackToTLS12(t *testing.T) {
	b := standInTLS(t, certificate(t, "127.0.0.1", time.Hour), "127.0.0.1")
	b.server.SetFaults(stomptest.Faults{RefuseLogins: "Already connected."})
	cfg := b.config(t, "q")
	cfg.TLS = b.tls
	c := start(t, cfg)
	eventually(t, "an attempt", func() bool { return c.State().Failures > 0 })
	b.server.SetFaults(stomptest.Faults{})
	eventually(t, "TLS 1.2", func() bool { return c.State().TLS == "TLS 1.2" })
}

// authority is a CA and what it has signed for one host.
type authority struct {
	pool *x509.CertPool
	cert tls.Certificate
}

func certificate(t *testing.T, host string, ends time.Duration) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(ends),
		IPAddresses: []net.IP{net.ParseIP(host)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{pool: x509.NewCertPool(), cert: tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(parsed)
	return a
}

// standInTLS starts a stand-in that speaks TLS only.
func standInTLS(t *testing.T, a authority, host string) *target {
	t.Helper()
	b := standIn(t, stomptest.Config{TLS: &tls.Config{Certificates: []tls.Certificate{a.cert}}})
	_, port, _ := net.SplitHostPort(b.addr)
	b.addr = net.JoinHostPort(host, port)
	b.tlsAddr, b.tls = b.addr, &tls.Config{RootCAs: a.pool}
	return b
}
