package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

// A password of all that is special somewhere.
const hostile = `p"ä s\s/<w>&+%:1'` + "\x07=?" + `@€`

func TestHoweverItIsWritten(t *testing.T) {
	var s Secrets
	s.Hide(hostile, "svc:"+hostile)
	js, err := json.Marshal(map[string]string{"passcode": hostile})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, "https://h/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("svc", hostile)
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Error("refused", "error", fmt.Errorf("it says %s", js))
	for name, text := range map[string]string{
		"as it is":        hostile,
		"JSON":            string(js),
		"a log of JSON":   logged.String(),
		"Go's quotes":     fmt.Sprintf("%q", hostile),
		"a query":         url.Values{"token": {hostile}}.Encode(),
		"small digits":    regexp.MustCompile("%..").ReplaceAllStringFunc(url.QueryEscape(hostile), strings.ToLower),
		"an address":      (&url.URL{Scheme: "http", Host: "h", User: url.UserPassword("u", hostile)}).String(),
		"a page":          html.EscapeString(hostile),
		"Basic":           r.Header.Get("Authorization"),
		"base64":          base64.URLEncoding.EncodeToString([]byte(hostile)),
		"a STOMP header":  strings.NewReplacer(`\`, `\\`, ":", `\c`).Replace(hostile),
		"for a terminal":  strings.ReplaceAll(hostile, "\x07", "\uFFFD"),
		"PHP's JSON":      strings.NewReplacer(`\`, `\\`, `"`, `\"`, "/", `\/`, "ä", `\u00e4`, "€", `\u20ac`, "\x07", `\u0007`).Replace(hostile),
		"Python's quotes": strings.NewReplacer(`\`, `\\`, `"`, `\"`, "ä", `\u00e4`, "€", `\u20ac`, "\x07", `\u0007`).Replace(hostile),
	} {
		if got := s.Text("before " + text + " after"); !strings.Contains(got, shown) || strings.Contains(got, "s/<w>") || strings.Contains(got, text) || len(got) > len(text)+20 {
			t.Errorf("%s: %q shows as %q", name, text, got)
		}
	}
}

func TestWhatWasCut(t *testing.T) {
	var s Secrets
	s.Hide("xoxb-1234-abcdef")
	for text, want := range map[string]string{
		"token xoxb-1234-abc… and xoxb-1234…, then …": "token [secret]… and [secret]…, then …",
		"xoxb-1…":                       "xoxb-1…", // nothing that is secret yet
		"nothing…":                      "nothing…",
		"xoxb-1234-abcdef…":             "[secret]…",
		"xoxb-1234-abcdefxoxb-1234-ab…": "[secret][secret]…",
	} {
		if got := s.Text(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSecretsThatHoldEachOther(t *testing.T) {
	var s Secrets
	s.Hide("secret-1", "secret-1-and-more", "host", "first line\nsecond line")
	for text, want := range map[string]string{
		"secret-1-and-more secret-1":  "[secret] [secret]",
		"host=a":                      "host=a", // too short to be told from a word
		"first line\n    second line": "[secret]\n    [secret]",
	} {
		if got := s.Text(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	s.Hide("another-2")
	if got := s.Text("secret-1 another-2"); got != "[secret] [secret]" {
		t.Errorf("an old secret is forgotten: %q", got)
	}
}

// Logins without end must not fill the memory, nor push out the settings'.
func TestTheLatestAreKept(t *testing.T) {
	var s Secrets
	for i := range 3 * maxKept {
		s.Hide("of the settings")
		s.Hide(fmt.Sprintf("cookie-%06d", i))
	}
	want := fmt.Sprintf("cookie-000000 %s %s", shown, shown)
	if got := s.Text(fmt.Sprintf("cookie-000000 cookie-%06d of the settings", 3*maxKept-1)); got != want || len(s.known) != maxKept {
		t.Errorf("got %q of %d, want %q", got, len(s.known), want)
	}
}

func TestNobodyKnowsASecret(t *testing.T) {
	var none *Secrets
	none.Hide("a secret")
	if got := none.Text("a secret"); got != "a secret" {
		t.Error(got)
	}
	if got := new(Secrets).Text("a secret"); got != "a secret" {
		t.Error(got)
	}
}

func TestAWriterThatFails(t *testing.T) {
	var s Secrets
	s.Hide("a secret")
	if n, err := s.Writer(iotest.TruncateWriter(io.Discard, 0)).Write([]byte("a secret")); n != 8 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := s.Writer(closed{}).Write([]byte("a secret")); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %d, %v", n, err)
	}
}

// closed is a pipe that nobody reads.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
