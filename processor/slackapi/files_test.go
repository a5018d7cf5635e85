package slackapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// uploader is a Slack that gives an address to upload to.
func uploader(t *testing.T, upload http.HandlerFunc, address func(server string) string) *slackapi.Poster {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/api/files.getUploadURLExternal", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"ok":true,"file_id":"F1","upload_url":"`+address(server.URL)+`"}`)
	})
	mux.HandleFunc("/upload", upload)
	p, err := slackapi.New(slackapi.Config{
		Token: secret.New(slacktest.DefaultToken), APIURL: server.URL + "/api/", MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond,
		RequestTimeout: 100 * time.Millisecond, DeliveryTimeout: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestUploadsThatFail(t *testing.T) {
	there := func(server string) string { return server + "/upload" }
	take := func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }
	gone := errors.New("the disk is gone")
	held := make(chan net.Conn, 100) // that nobody reads
	hold := func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			held <- conn
		}
	}
	for name, c := range map[string]struct {
		upload   http.HandlerFunc
		address  func(string) string
		contents io.Reader
		want     string
	}{
		"no address":      {take, func(string) string { return "" }, strings.NewReader("abcd"), "no address"},
		"an odd address":  {take, func(string) string { return "file:///etc/passwd" }, strings.NewReader("abcd"), "no address"},
		"too short":       {take, there, strings.NewReader("abc"), "does not have the 4 bytes"},
		"too long":        {take, there, strings.NewReader("abcde"), "does not have the 4 bytes"},
		"broken contents": {take, there, io.MultiReader(strings.NewReader("ab"), broken{gone}), gone.Error()},
		"a filter":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, there, strings.NewReader("abcd"), "403: check the proxy"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/", http.StatusTemporaryRedirect)
		}, there, strings.NewReader("abcd"), "307"},
		"an error of 500":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, there, strings.NewReader("abcd"), "tries in"},
		"nothing is taken": {hold, there, endless{}, "nothing was taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := uploader(t, c.upload, c.address)
			size := int64(4)
			if c.contents == (endless{}) {
				size = 1 << 30 // more than fits into any buffer
			}
			opened := 0
			_, err := p.Upload(t.Context(), slackapi.Upload{Name: "a", Size: size, Open: func(context.Context) (io.ReadCloser, error) {
				opened++
				if r, ok := c.contents.(*strings.Reader); ok {
					_, _ = r.Seek(0, io.SeekStart) // it is there
				}
				return io.NopCloser(c.contents), nil
			}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.contents == (endless{}) || name == "an error of 500" {
				return // time may heal that
			}
			if opened > 1 {
				t.Errorf("%d tries, want 1", opened)
			}
		})
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
