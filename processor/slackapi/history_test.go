package slackapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// textsOf are the texts of messages as they are read.
func textsOf(t *testing.T, messages func(func(json.RawMessage, error) bool)) (texts []string) {
	t.Helper()
	for raw, err := range messages {
		if err != nil {
			t.Fatal(err)
		}
		var m struct{ Text string }
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, m.Text)
	}
	return texts
}

// Pages, Retry-After and answers that are lost do not show in what is read.
func TestHistoryAndRepliesAreReadToTheirEnds(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		var want, thread []string
		first := ""
		for i := range 450 {
			text := fmt.Sprint("message ", i)
			ts := w.Put("soc", map[string]any{"user": "U0STANDIN1", "text": text})
			want = append([]string{text}, want...)
			if first == "" {
				first, thread = ts, append(thread, text)
			}
			text = fmt.Sprint("reply ", i)
			w.Put("soc", map[string]any{"user": "U0STANDIN1", "text": text, "thread_ts": first})
			thread = append(thread, text)
		}
		for _, method := range []string{"conversations.history", "conversations.replies"} {
			w.Fail(method, slacktest.RateLimited(20*time.Second), slacktest.Fault{}, slacktest.Fault{Cut: true}, slacktest.Fault{}, slacktest.RateLimited(3*time.Minute))
		}
		begun := time.Now()
		if diff := cmp.Diff(want, textsOf(t, p.History(t.Context(), "C0STANDIN02"))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(thread, textsOf(t, p.Replies(t.Context(), "C0STANDIN02", first))); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(begun); took < 400*time.Second {
			t.Errorf("Slack asked for quiet for 400 s; all was read in %s", took)
		}
	})
}

func TestHistoryEndsWhenNobodyReadsOn(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		for range 500 {
			w.Put("soc", map[string]any{"text": "x"})
		}
		for range p.History(t.Context(), "C0STANDIN02") {
			break
		}
		if n := w.Calls("conversations.history"); n != 1 {
			t.Errorf("%d pages were read for one message", n)
		}
	})
}

// A page of the longest messages is larger than any answer may be.
func TestHistoryOfTheLongestMessages(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		text := strings.Repeat("x", 200_000)
		for range 250 {
			w.Put("soc", map[string]any{"text": text})
		}
		if n := len(textsOf(t, p.History(t.Context(), "C0STANDIN02"))); n != 250 {
			t.Errorf("%d of 250 messages were read", n)
		}
	})
}

func TestHistoryWhosePagesDoNotEnd(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		body := `{"ok":true,"messages":[],"response_metadata":{"next_cursor":"again"}}`
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		var last error
		for _, err := range p.History(t.Context(), "C0STANDIN02") {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), "again and again") {
			t.Errorf("error %v", last)
		}
	})
}

func TestArchivedOnce(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("conversations.archive", slacktest.Fault{Posted: true, Drop: true}) // nobody hears that it is done
		for range 2 {
			if err := p.Archive(t.Context(), "C0STANDIN02", nil); err != nil {
				t.Error(err)
			}
		}
		if !w.Rooms()[1].Archived {
			t.Error("#soc is not archived")
		}
		if err := p.Archive(t.Context(), "C0STANDIN01", nil); slackapi.Code(err) != "cant_archive_general" {
			t.Errorf("#general: %v", err)
		}
	})
}
