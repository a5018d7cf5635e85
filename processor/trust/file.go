package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A FileError says that a file holds no authority's certificate.
type FileError struct {
	What   string // it holds: "holds no certificate in PEM form"
	Remedy string
}

func (e *FileError) Error() string { return e.What + "; " + e.Remedy }

// Pool is the authorities of a PEM file. An error is a [*FileError].
func Pool(file []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if pool.AppendCertsFromPEM(file) {
		return pool, nil
	}
	return nil, whatItIs(file)
}

func whatItIs(file []byte) *FileError {
	const (
		otherForm = "holds certificates in another form than PEM"
		want      = "write the path of the authority's certificate, a file with BEGIN CERTIFICATE"
	)
	if _, err := x509.ParseCertificate(file); err == nil {
		return &FileError{otherForm + " (DER)", "convert it with `openssl x509 -inform der -in FILE -out FILE.pem`"}
	}
	switch first := firstMember(file); {
	case bytes.Equal(first, pkcs12Version):
		return &FileError{otherForm + " (PKCS #12)", "convert it with `openssl pkcs12 -in FILE -nokeys -out FILE.pem`"}
	case bytes.HasPrefix(first, pkcs7OID):
		return &FileError{otherForm + " (PKCS #7)", "convert it with `openssl pkcs7 -inform der -in FILE -print_certs -out FILE.pem`"}
	case bytes.HasPrefix(file, []byte("\xfe\xed\xfe\xed")):
		return &FileError{otherForm + " (a Java keystore)", "convert it with `keytool -exportcert -rfc -keystore FILE -alias NAME -file FILE.pem`"}
	}
	block, _ := pem.Decode(file)
	if block == nil {
		return &FileError{"holds no certificate in PEM form", want}
	}
	if block.Type == "CERTIFICATE" {
		_, err := x509.ParseCertificate(block.Bytes)
		return &FileError{fmt.Sprintf("holds a certificate that cannot be read: %v", err), "copy the file again from where it comes from"}
	}
	return &FileError{fmt.Sprintf("holds a %s and no certificate", block.Type), want}
}

// How the sequence begins that is a PKCS #12 file (RFC 7292, PFX: the number 3),
// and one that is a PKCS #7 file (RFC 5652: the type's identifier).
var (
	pkcs12Version = []byte{0x02, 0x01, 0x03}
	pkcs7OID      = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07}
)

// firstMember is the first member of the sequence that a DER file is; nil if it
// is none.
func firstMember(file []byte) []byte {
	var outer, first asn1.RawValue
	if _, err := asn1.Unmarshal(file, &outer); err != nil {
		return nil
	}
	if _, err := asn1.Unmarshal(outer.Bytes, &first); err != nil {
		return nil
	}
	return first.FullBytes
}

// describe names a certificate by all that it takes to find it.
func describe(c *x509.Certificate) string {
	const day = time.DateOnly
	return fmt.Sprintf("the certificate of %s (issued by %s, valid from %s to %s)",
		quote(c.Subject.String()), quote(c.Issuer.String()), c.NotBefore.UTC().Format(day), c.NotAfter.UTC().Format(day))
}

// quote keeps a name on one line and of a length to read.
func quote(name string) string {
	if name == "" {
		return "nobody"
	}
	const most = 120
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return strconv.Quote(name)
}

func fingerprint(c *x509.Certificate) string {
	return fmt.Sprintf("%X", sha256.Sum256(c.Raw))
}
