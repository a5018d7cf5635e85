package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/trust"
)

var peer = trust.Peer{Authorities: "cafile", Name: "host"}

// issued is a certificate with its key and the certificates above it.
type issued struct {
	*x509.Certificate
	key   any
	chain [][]byte
}

// issue makes a certificate for localhost, signed by parent or by itself.
func issue(t *testing.T, name string, parent *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, name, parent, key, &key.PublicKey, change)
}

func sign(t *testing.T, name string, parent *issued, key, public any, change func(*x509.Certificate)) *issued {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	by, with := template, key
	if parent != nil {
		by, with = parent.Certificate, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, public, with)
	if err != nil {
		t.Fatal(err)
	}
	c := &issued{key: key, chain: [][]byte{der}}
	if c.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if parent != nil {
		c.chain = append(c.chain, parent.chain...)
	}
	return c
}

func authority(c *x509.Certificate) { c.IsCA, c.DNSNames, c.IPAddresses = true, nil, nil }

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// handshake connects to a server with that certificate, as a client that trusts
// root, and returns what becomes of a request.
func handshake(t *testing.T, root *issued, server *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if server == nil {
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n")
			return
		}
		secure := tls.Server(conn, server)
		if secure.Handshake() == nil {
			_, _ = io.Copy(secure, secure)
		}
	}()
	client := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost", MinVersion: tls.VersionTLS12}
	if root != nil {
		client.RootCAs.AddCert(root.Certificate)
	}
	conn, err := tls.Dial("tcp", l.Addr().String(), client)
	if err != nil {
		return err
	}
	defer conn.Close()
	// With TLS 1.3 a server refuses a client's certificate after the handshake.
	if _, err = conn.Write([]byte("x")); err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	return err
}

func TestEachProblemIsExplained(t *testing.T) {
	root := issue(t, "Root A", nil, authority)
	between := issue(t, "Between B", root, authority)
	leaf := func(change func(*x509.Certificate)) *issued { return issue(t, "server", root, change) }
	good := leaf(nil)
	keyRSA := rsaKey(t)
	goodRSA := sign(t, "server", root, keyRSA, &keyRSA.PublicKey, nil)
	rootRSA := sign(t, "Root R", nil, keyRSA, &keyRSA.PublicKey, authority)
	sha1 := issue(t, "server", rootRSA, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
	incomplete := issue(t, "server", between, nil)
	incomplete.chain = incomplete.chain[:1]
	negative := &issued{key: good.key, chain: [][]byte{[]byte(strings.Replace(string(good.Raw), "\x02\x01\x05", "\x02\x01\x85", 1))}}
	expired := leaf(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	since := expired.NotBefore.UTC().Format(time.DateOnly)

	for _, c := range []struct {
		name   string
		cert   *issued
		change func(*tls.Config)
		want   []string
	}{
		{"common name alone", leaf(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }), nil,
			[]string{`"CN=server" (issued by "CN=Root A"`, "common name", "subject alternative name"}},
		{"another host", leaf(func(c *x509.Certificate) { c.DNSNames = []string{"soar.example"} }), nil,
			[]string{`"CN=server"`, `not for "localhost" but for "soar.example", 127.0.0.1`, "set host to"}},
		{"names that would be lines", leaf(func(c *x509.Certificate) { c.DNSNames = []string{"a.example\n  ok    Slack"} }), nil,
			[]string{`for "a.example\n  ok    Slack", 127.0.0.1`}},
		{"expired", expired, nil,
			[]string{`"CN=server" (issued by "CN=Root A", valid from ` + since, "not valid any more", "renew", "clock"}},
		{"not valid yet", leaf(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) }), nil,
			[]string{`"CN=server"`, "not valid yet", "clock"}},
		{"incomplete chain", incomplete, nil,
			[]string{`"CN=server" (issued by "CN=Between B"`, "does not send", "whole chain", `certificate of "CN=Between B" to cafile`}},
		{"unknown authority", issue(t, "server", issue(t, "Root C", nil, authority), nil), nil,
			[]string{`"CN=server"`, `add the certificate of "CN=Root C" to cafile`}},
		{"signed by itself", issue(t, "server", nil, nil), nil,
			[]string{`"CN=server"`, "signed by itself", "SHA-256 ", "cafile"}},
		{"SHA-1", sha1, nil,
			[]string{`"CN=server" (issued by "CN=Root R"`, "SHA1-RSA", "SHA-256"}},
		{"negative serial number", negative, nil,
			[]string{"negative serial number", "issued anew"}},
		{"for clients", leaf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), nil,
			[]string{`"CN=server"`, "not made for servers"}},
		{"signed by no authority", issue(t, "server", issue(t, "Other", root, nil), nil), nil,
			[]string{`"CN=Other"`, "none of an authority"}},
		{"key exchange by RSA", goodRSA, func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, []string{"key exchange by RSA", "ECDHE"}},
		{"TLS 1.1", goodRSA, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			[]string{"TLS older than 1.2", "enable"}},
		{"client certificate, TLS 1.3", good, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert },
			[]string{"client certificate"}},
		{"client certificate, TLS 1.2", good, func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 },
			[]string{"client certificate"}},
		{"name unknown to the server", good, func(c *tls.Config) {
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}, nil
			}
		}, []string{"no certificate for this name"}},
		{"not TLS", nil, nil, []string{"does not speak TLS", "check host"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var server *tls.Config
			if c.cert != nil {
				server = &tls.Config{Certificates: []tls.Certificate{{Certificate: c.cert.chain, PrivateKey: c.cert.key}}}
			}
			if c.change != nil {
				c.change(server)
			}
			err := handshake(t, root, server)
			if err == nil {
				t.Fatal("the handshake succeeds")
			}
			got := peer.Explain(err)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%v\nis explained as %q\nwithout %q", err, got, want)
				}
			}
			if strings.Contains(got, "%!") || strings.Contains(got, "x509:") {
				t.Errorf("not our words: %q", got)
			}
		})
	}
}

// A key that is too weak to sign anything: an authority's, as this Go makes none.
func TestWeakKeysAreExplained(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 768)
	if err != nil {
		t.Fatal(err)
	}
	weak := sign(t, "Weak W", nil, key, &key.PublicKey, authority)
	leaf := issue(t, "server", weak, nil)
	os.Unsetenv("GODEBUG")
	pool := x509.NewCertPool()
	pool.AddCert(weak.Certificate)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "localhost"})
	got := peer.Explain(&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{leaf.Certificate, weak.Certificate}, Err: err})
	if !strings.Contains(got, `"CN=Weak W"`) || !strings.Contains(got, "RSA key of 768 bits") {
		t.Errorf("%v\nis explained as %q", err, got)
	}
}

func TestWhatIsNotOfTLSIsNotExplained(t *testing.T) {
	for _, err := range []error{nil, io.EOF, &net.OpError{Op: "dial", Err: errors.New("connection refused")}, errors.New("bad certificate of good conduct"), http.ErrHandlerTimeout} {
		if got := peer.Explain(err); got != "" {
			t.Errorf("%v is explained as %q", err, got)
		}
	}
}

func TestPoolSaysWhatAFileIs(t *testing.T) {
	root := issue(t, "Root A", nil, authority)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	if _, err := trust.Pool(text); err != nil {
		t.Errorf("PEM: %v", err)
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"DER":         {root.Raw, "openssl x509 -inform der"},
		"PKCS #12":    {openssl(t, text, "pkcs12", "-export", "-nokeys", "-passout", "pass:", "-in"), "openssl pkcs12"},
		"PKCS #7":     {openssl(t, text, "crl2pkcs7", "-nocrl", "-outform", "der", "-certfile"), "openssl pkcs7"},
		"Java's":      {[]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), "keytool"},
		"a key":       {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "a PRIVATE KEY and no certificate"},
		"damaged":     {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw[:99]}), "cannot be read"},
		"other text":  {[]byte("<html>"), "no certificate in PEM form"},
		"empty":       {nil, "no certificate in PEM form"},
		"other ASN.1": {[]byte{0x30, 0x03, 0x02, 0x01, 0x05}, "no certificate in PEM form"},
	} {
		if _, err := trust.Pool(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// openssl makes a file of another form from a PEM file.
func openssl(t *testing.T, text []byte, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	in, out := filepath.Join(t.TempDir(), "in.pem"), filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(in, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(program, append(args, in, "-out", out)...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %q: %v\n%s", args, err, output)
	}
	made, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return made
}
