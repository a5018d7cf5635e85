package slackapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// answers are Slack's by method.
type answers map[string]string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	method := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a[method])), Request: r}, nil
}

// A link that leads nowhere is worse than none.
func TestPermalinkIsAbsoluteOrAbsent(t *testing.T) {
	for _, c := range []struct{ authTest, getPermalink, want string }{
		{`{"ok":true,"url":"https://blue.slack.com/"}`, `{"ok":false}`, "https://blue.slack.com/archives/C1/p12"},
		{`{"ok":true}`, `{"ok":true,"permalink":"https://blue.slack.com/archives/C1/p12"}`, "https://blue.slack.com/archives/C1/p12"},
		{`{"ok":true,"url":"blue.slack.com"}`, `{"ok":true,"permalink":"/archives/C1/p12"}`, ""},
		{`{"ok":true,"url":""}`, `{"ok":true}`, ""},
		{`{"ok":true,"url":"/"}`, `{"ok":false,"error":"channel_not_found"}`, ""},
	} {
		p, err := slackapi.New(slackapi.Config{
			Token: secret.New(slacktest.DefaultToken), APIURL: "https://slack.invalid/api/",
			Transport: answers{"auth.test": c.authTest, "chat.getPermalink": c.getPermalink},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.Introduce(t.Context())
		link, err := p.Permalink(t.Context(), slackapi.Posted{Channel: "C1", TS: "1.2"})
		if link != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s, then %s: got %q, %v; want %q", c.authTest, c.getPermalink, link, err, c.want)
		}
	}
}
