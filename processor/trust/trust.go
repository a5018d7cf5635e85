package trust

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Peer is the other side of a connection, by what an administrator would change
// about it.
type Peer struct {
	Authorities string // where certificates of authorities are added: "cafile"
	Name        string // what names the host: "host"
}

// Explain says why TLS with the peer failed and what to do, or nothing where err
// is not of TLS. Names in certificates are the other side's text.
func (p Peer) Explain(err error) string {
	var chain []*x509.Certificate // as the other side has sent it
	if verification, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		chain = verification.UnverifiedCertificates
	}
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		return p.otherName(host)
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return p.invalid(invalid)
	}
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if len(chain) == 0 && unknown.Cert != nil {
			chain = []*x509.Certificate{unknown.Cert}
		}
		return p.unknown(chain)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "the port does not speak TLS; check " + p.Name + " and its port"
	}
	if err == nil {
		return ""
	}
	text := err.Error()
	remote, ok := errors.AsType[*net.OpError](err)
	ok = ok && remote.Op == "remote error"
	ofTLS := strings.Contains(text, "tls: ") || strings.Contains(text, "x509: ") || strings.Contains(text, "crypto/rsa: ")
	for _, s := range sayings {
		if (ok || !s.remote && ofTLS) && strings.Contains(text, s.part) {
			return s.means
		}
	}
	if len(chain) > 0 {
		return describe(chain[0]) + " is refused: " + text
	}
	return ""
}

// sayings are the errors that crypto/tls has no types for, by a part of their
// texts; remote are the alerts of the other side. The test has each from a server
// that causes it.
var sayings = []struct {
	part   string
	remote bool
	means  string
}{
	{"negative serial number", false, "the certificate has a negative serial number, which RFC 5280 forbids; have it issued anew"},
	{"keys are insecure", false, "a certificate has an RSA key of less than 1,024 bits; have it issued anew with at least 2,048"},
	{"insecure algorithm", false, "a certificate is signed with an algorithm that is not safe any more; have it signed anew with SHA-256"},
	{"unsupported protocol version", false, oldTLS},
	{"protocol version not supported", true, oldTLS},
	{"certificate required", true, clientCertificate},
	{"bad certificate", true, clientCertificate},
	{"handshake failure", true, "the server refuses what we offer: it may know only key exchange by RSA or other old cipher suites (enable ECDHE), or want a client certificate, which this program has none of"},
	{"unrecognized name", true, "the server has no certificate for this name; check the name of the host in the settings"},
}

const (
	oldTLS            = "the server speaks only TLS older than 1.2, which is not safe any more; enable TLS 1.2 or 1.3 there"
	clientCertificate = "the server wants a client certificate, which this program has none of; do not ask for one on this port"
)

func (p Peer) otherName(e x509.HostnameError) string {
	c := e.Certificate
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, quote(name))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s names its host only as the common name, which nobody reads any more; have it issued anew with %q as a subject alternative name (SAN)", describe(c), e.Host)
	}
	return fmt.Sprintf("%s is not for %q but for %s; set %s to a name that is in the certificate", describe(c), e.Host, list(names), p.Name)
}

// list is the first few of them: certificates of large hosters have hundreds.
func list(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// reasons are those of x509.CertificateInvalidError but for the dates.
var reasons = map[x509.InvalidReason]string{
	x509.NotAuthorizedToSign:           "has signed another one and is none of an authority; put the authority's own into %s",
	x509.TooManyIntermediates:          "has more certificates between it and the authority than the authority allows; have it issued anew",
	x509.IncompatibleUsage:             "is not made for servers; have it issued anew for server authentication",
	x509.NameMismatch:                  "is signed by another authority than it names; let the server send its chain in order, or correct %s",
	x509.NameConstraintsWithoutSANs:    "has no subject alternative name (SAN), which its authority wants; have it issued anew",
	x509.UnconstrainedName:             "is signed by an authority for other names; have it issued anew by one that may",
	x509.TooManyConstraints:            "is signed by an authority with too many rules for names to look at; have it issued anew",
	x509.CANotAuthorizedForThisName:    "has a name that its authority may not sign; have it issued anew by one that may",
	x509.CANotAuthorizedForExtKeyUsage: "is used for what its authority may not sign; have it issued anew by one that may",
	x509.NoValidChains:                 "leads to no authority in %s; correct it, or let the server send its whole chain",
}

func (p Peer) invalid(e x509.CertificateInvalidError) string {
	if e.Reason == x509.Expired {
		now := time.Now()
		what := "is not valid any more; renew it"
		if now.Before(e.Cert.NotBefore) {
			what = "is not valid yet"
		}
		return fmt.Sprintf("%s %s, or correct this machine's clock, which says %s", describe(e.Cert), what, now.UTC().Format(time.RFC3339))
	}
	why, ok := reasons[e.Reason]
	if !ok {
		return describe(e.Cert) + " is refused: " + e.Error()
	}
	if strings.Contains(why, "%s") {
		why = fmt.Sprintf(why, p.Authorities)
	}
	return describe(e.Cert) + " " + why
}

// unknown is for certificates that lead to no authority of ours.
func (p Peer) unknown(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "the certificate is signed by an authority that is not known here; add the authority's to " + p.Authorities
	}
	for _, c := range chain {
		switch key, isRSA := c.PublicKey.(*rsa.PublicKey); {
		case isRSA && key.N.BitLen() < 1024:
			return fmt.Sprintf("%s has an RSA key of %d bits, which is not safe any more; have it issued anew with at least 2,048", describe(c), key.N.BitLen())
		case outdated[c.SignatureAlgorithm] && !selfSigned(c):
			return fmt.Sprintf("%s is signed with %s, which is not safe any more; have it signed anew with SHA-256", describe(c), c.SignatureAlgorithm)
		}
	}
	top := chain[0]
	for range chain { // at most once each: they may name one another
		above := issuer(top, chain)
		if above == nil {
			break
		}
		if top = above; top.Version == 3 && !top.IsCA {
			return p.invalid(x509.CertificateInvalidError{Cert: top, Reason: x509.NotAuthorizedToSign})
		}
	}
	switch {
	case selfSigned(top) && top == chain[0]:
		return fmt.Sprintf("%s is signed by itself, and nobody vouches for it; if it is the right one (SHA-256 %s), add it to %s", describe(top), fingerprint(top), p.Authorities)
	case selfSigned(top):
		return fmt.Sprintf("the authority of %s is not known here; add the certificate of %s to %s", describe(chain[0]), quote(top.Subject.String()), p.Authorities)
	}
	return fmt.Sprintf("%s is signed by an authority whose certificate the server does not send and %s does not have; let the server send its whole chain, or add the certificate of %s to %s",
		describe(top), p.Authorities, quote(top.Issuer.String()), p.Authorities)
}

var outdated = map[x509.SignatureAlgorithm]bool{
	x509.MD2WithRSA: true, x509.MD5WithRSA: true, x509.SHA1WithRSA: true, x509.DSAWithSHA1: true, x509.ECDSAWithSHA1: true,
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// issuer is the certificate in chain that c is signed by; nil if it is c itself,
// or not there.
func issuer(c *x509.Certificate, chain []*x509.Certificate) *x509.Certificate {
	for _, other := range chain {
		if other != c && bytes.Equal(other.RawSubject, c.RawIssuer) {
			return other
		}
	}
	return nil
}
