package slackapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// bubble runs a test on a false clock: a workspace that is called without a
// network, and a poster for it.
func bubble(t *testing.T, wc slacktest.Config, pc slackapi.Config, run func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, err := slacktest.New(wc)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		pc.Token = secret.New(slacktest.DefaultToken)
		pc.APIURL = "http://127.0.0.1/api/"
		if pc.Transport == nil {
			pc.Transport = direct{w.Handler()}
		}
		p, err := slackapi.New(pc)
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, p)
	})
}

// direct calls a handler instead of the network.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	type result struct {
		resp *http.Response
		err  error
	}
	done := make(chan result, 1)
	go func() {
		rec := httptest.NewRecorder()
		var cut bool
		defer func() {
			if recover() != nil { // http.ErrAbortHandler: the connection is closed
				cut = true
			}
			resp := rec.Result()
			switch {
			case cut && rec.Body.Len() == 0:
				done <- result{nil, errors.New("EOF")}
			default:
				done <- result{resp, nil}
			}
		}()
		d.h.ServeHTTP(rec, r)
	}()
	select {
	case got := <-done:
		return got.resp, got.err
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func text(channel, text string) blockkit.Message {
	return blockkit.Message{Channel: channel, Text: text}
}

func texts(w *slacktest.Workspace, channel string) []string {
	var list []string
	for _, m := range w.Messages(channel) {
		list = append(list, m.Sent.Text)
	}
	return list
}

func TestPostSendsEveryArgumentAsTheLayoutWroteIt(t *testing.T) {
	no, yes := false, true
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		parent, err := p.Post(t.Context(), text("#soc", "parent"), "d0")
		if err != nil {
			t.Fatal(err)
		}
		block := `{"type":"section", "text":{"type":"mrkdwn","text":"a <b> & \u0063","verbatim":true}}`
		m := blockkit.Message{
			Channel: "soc", ThreadTS: parent.TS, ReplyBroadcast: true, Username: "Ann", IconEmoji: ":fire:",
			Text: "fallback", Blocks: []json.RawMessage{json.RawMessage(block)},
			Attachments: []json.RawMessage{json.RawMessage(`{"color":"#f00","fallback":"x"}`)},
			Parse:       "none", LinkNames: &no, Mrkdwn: &yes, UnfurlLinks: &no, UnfurlMedia: &no,
		}
		posted, err := p.Post(t.Context(), m, "d1")
		if err != nil {
			t.Fatal(err)
		}
		list := w.Messages("soc")
		got := list[len(list)-1]
		want, _ := json.Marshal(m)
		have, _ := json.Marshal(got.Sent)
		if string(have) != string(want) {
			t.Errorf("sent\n%s\nwant\n%s", have, want)
		}
		if string(got.Sent.Blocks[0]) != block {
			t.Errorf("block was rewritten: %s", got.Sent.Blocks[0])
		}
		requests := w.Requests()
		if form := requests[len(requests)-1].Form; form.Has("as_user") {
			t.Error("as_user was sent")
		}
		if got.DeliveryID != "d1" || !got.Broadcast {
			t.Errorf("delivery id %q, broadcast %v", got.DeliveryID, got.Broadcast)
		}
		if posted.Channel != got.Channel || posted.TS != got.TS || posted.ThreadTS != parent.TS || posted.ParentGone || posted.Attempts != 1 {
			t.Errorf("posted %+v", posted)
		}
		var response map[string]any
		if err := json.Unmarshal(posted.Response, &response); err != nil || response["ok"] != true || response["message"] == nil {
			t.Errorf("response %s: %v", posted.Response, err)
		}
		if posted.Headers["Content-Type"] == "" {
			t.Errorf("headers %v", posted.Headers)
		}
	})
}

func TestAChannelKeepsOrderAndPace(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{Burst: 3}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if _, err := p.Post(t.Context(), text("soc", fmt.Sprint(i)), ""); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // each stands in the queue before the next comes
		}
		wg.Wait()
		if got, want := strings.Join(texts(w, "soc"), ""), "01234567"; got != want {
			t.Errorf("order %s, want %s", got, want)
		}
		if got, want := time.Since(begun), 5*time.Second; got != want {
			t.Errorf("8 messages with a burst of 3 took %s, want %s", got, want)
		}
	})
}

func TestARateLimitedChannelHoldsUpNoOther(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		limited := true
		w.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
			return slacktest.RateLimited(30 * time.Second), limited && r.Form.Get("channel") == "soc"
		})
		begun := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			posted, err := p.Post(t.Context(), text("soc", "late"), "")
			if err != nil || posted.Attempts != 2 {
				t.Errorf("posted %+v, %v", posted, err)
			}
			if got := time.Since(begun); got != 30*time.Second {
				t.Errorf("retried after %s, want the 30s of Retry-After", got)
			}
		})
		synctest.Wait()
		limited = false
		if _, err := p.Post(t.Context(), text("general", "now"), ""); err != nil || time.Since(begun) != 0 {
			t.Errorf("the other channel waited %s: %v", time.Since(begun), err)
		}
		wg.Wait()
	})
}

func TestAmbiguousAnswersAreLookedUp(t *testing.T) {
	for name, f := range map[string]slacktest.Fault{
		"connection closed": {Drop: true},
		"cut body":          {Cut: true},
		"empty body":        {Empty: true},
		"server error":      {Status: 500},
		"fatal_error":       {Code: "fatal_error"},
		"too slow":          {Delay: time.Hour, Status: 500},
	} {
		for _, thread := range []bool{false, true} {
			for _, arrived := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s thread=%v arrived=%v", name, thread, arrived), func(t *testing.T) {
					f := f
					f.Posted = arrived
					bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
						m := text("soc", "once")
						if thread {
							parent, err := p.Post(t.Context(), text("soc", "parent"), "p")
							if err != nil {
								t.Fatal(err)
							}
							m.ThreadTS = parent.TS
						}
						before := len(w.Messages("soc"))
						w.Fail("chat.postMessage", f)
						posted, err := p.Post(t.Context(), m, "d1")
						if err != nil {
							t.Fatal(err)
						}
						list := w.Messages("soc")
						if len(list) != before+1 {
							t.Fatalf("%d messages, want one", len(list)-before)
						}
						got := list[before]
						if posted.TS != got.TS || posted.ThreadTS != m.ThreadTS || posted.Found != arrived || posted.ParentGone {
							t.Errorf("posted %+v, message %+v", posted, got)
						}
						wantTries := 2
						if arrived {
							wantTries = 1
						}
						if posted.Attempts != wantTries {
							t.Errorf("%d tries, want %d", posted.Attempts, wantTries)
						}
					})
				})
			}
		}
	}
}

// Somebody on the way answers in Slack's place for a minute, to everything that is
// asked. He may have passed the request on. Afterwards the message is there, once.
func TestWhoeverAnswersInSlacksPlaceIsWaitedOut(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"a filter":           {403, "<html>blocked by policy</html>"},
		"a filter with JSON": {403, `{"error":"blocked_by_policy"}`},
		"a proxy":            {407, "log in"},
		"a portal":           {302, ""},
		"a portal's page":    {200, "<html>welcome</html>"},
		"another server":     {404, "404 page not found"},
		"a gateway":          {502, "<html>"},
		"too much":           {200, `{"ok":true,"ts":"1.2","channel":"C1","more":"` + strings.Repeat("x", 15<<20) + `"}`},
	} {
		for _, arrived := range []bool{false, true} {
			if arrived && (c.status == 407 || c.status == 302) {
				continue // these have passed nothing on
			}
			t.Run(fmt.Sprintf("%s, arrived=%v", name, arrived), func(t *testing.T) {
				var until time.Time
				var inner http.RoundTripper
				client := roundTrip(func(r *http.Request) (*http.Response, error) {
					posting := strings.HasSuffix(r.URL.Path, "chat.postMessage")
					if time.Now().After(until) || name == "too much" && !posting {
						return inner.RoundTrip(r)
					}
					if arrived && posting {
						if _, err := inner.RoundTrip(r); err != nil {
							t.Error(err)
						}
					}
					answer := httptest.NewRecorder()
					answer.WriteHeader(c.status)
					_, _ = answer.WriteString(c.body)
					return answer.Result(), nil
				})
				bubble(t, slacktest.Config{}, slackapi.Config{Transport: client}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
					inner, until = direct{w.Handler()}, time.Now().Add(time.Minute)
					posted, err := p.Post(t.Context(), text("soc", "once"), "d1")
					if err != nil {
						t.Fatal(err)
					}
					if list := w.Messages("soc"); len(list) != 1 || list[0].TS != posted.TS || len(posted.Response) > 1<<20 {
						t.Errorf("%d messages, want the one that %s names, with a short answer", len(list), posted.TS)
					}
				})
			})
		}
	}
}

// Where our clock is ahead of Slack's, a message is looked for in Slack's time.
func TestALookupOfAClockThatIsAhead(t *testing.T) {
	var inner http.RoundTripper
	var oldest string
	client := roundTrip(func(r *http.Request) (*http.Response, error) {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		if strings.HasSuffix(r.URL.Path, "conversations.history") {
			oldest = r.Form.Get("oldest")
		}
		r.Body = io.NopCloser(strings.NewReader(r.PostForm.Encode()))
		resp, err := inner.RoundTrip(r)
		if err == nil {
			resp.Header.Set("Date", time.Now().Add(-48*time.Hour).UTC().Format(http.TimeFormat))
		}
		return resp, err
	})
	bubble(t, slacktest.Config{}, slackapi.Config{Transport: client}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		inner = direct{w.Handler()}
		w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Posted: true})
		began := time.Now()
		posted, err := p.Post(t.Context(), text("soc", "x"), "d1")
		if err != nil || !posted.Found {
			t.Fatalf("posted %+v, %v", posted, err)
		}
		if want := fmt.Sprint(began.Add(-49 * time.Hour).Unix()); !strings.HasPrefix(oldest, want) {
			t.Errorf("looked since %s, want %s", oldest, want)
		}
	})
}

// The message that the last try brought about is found, although its time is up.
func TestTheLastLookIsAfterTheDeadline(t *testing.T) {
	pc := slackapi.Config{DeliveryTimeout: time.Second, MinBackoff: 4 * time.Second}
	bubble(t, slacktest.Config{}, pc, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Posted: true}, slacktest.Fault{Drop: true})
		if posted, err := p.Post(t.Context(), text("soc", "x"), "d1"); err != nil || !posted.Found {
			t.Errorf("posted %+v, %v", posted, err)
		}
		_, err := p.Post(t.Context(), text("soc", "y"), "d2")
		var unavailable *slackapi.UnavailableError
		if !errors.As(err, &unavailable) || w.Count() != 1 {
			t.Errorf("got %v, %d messages; want that it is known not to be there", err, w.Count())
		}
	})
}

// Slack may still be working on a message when the caller has lost patience.
func TestAMessageThatComesLateIsNotPostedTwice(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Late: 2 * time.Second})
		posted, err := p.Post(t.Context(), text("soc", "x"), "d1")
		if err != nil || !posted.Found || posted.Attempts != 1 || w.Count() != 1 {
			t.Errorf("posted %+v, %v, %d messages", posted, err, w.Count())
		}
		if n := w.Calls("conversations.history"); n != 2 {
			t.Errorf("%d looks, want 2", n)
		}
	})
}

func TestAContextThatEndsWhileAMessageIsUnderWayLeavesItUnknown(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Delay: 10 * time.Second, Posted: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Post(ctx, text("soc", "x"), "d1")
		var unknown *slackapi.UnknownError
		if !errors.As(err, &unknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWithoutHistoryAnAmbiguousAnswerStaysUnknown(t *testing.T) {
	wc := slacktest.Config{Scopes: []string{"chat:write", "channels:read"}}
	bubble(t, wc, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Posted: true})
		_, err := p.Post(t.Context(), text("soc", "x"), "d1")
		var unknown *slackapi.UnknownError
		if !errors.As(err, &unknown) || !strings.Contains(unknown.Lookup, "channels:history") {
			t.Fatalf("got %v", err)
		}
		if n := w.Calls("chat.postMessage"); n != 1 {
			t.Errorf("%d posts, want 1: no blind second try", n)
		}
	})
}

// The app may post to a public channel that it has not joined, but not look into it.
func TestAChannelThatTheAppHasNotJoinedStaysUnknown(t *testing.T) {
	wc := slacktest.Config{Channels: []slacktest.Channel{{Name: "soc", Outside: true}}}
	bubble(t, wc, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Posted: true})
		_, err := p.Post(t.Context(), text("soc", "x"), "d1")
		var unknown *slackapi.UnknownError
		if !errors.As(err, &unknown) || !strings.Contains(unknown.Lookup, "not_in_channel") || strings.Contains(unknown.Lookup, "chat:write.public") {
			t.Fatalf("got %v", err)
		}
		if n := w.Calls("chat.postMessage"); n != 1 {
			t.Errorf("%d posts, want 1: no blind second try", n)
		}
	})
}

// A token needs no more than the scopes of the kind of channel that it is used for.
func TestFindWithTheScopesOfOneKindOfChannel(t *testing.T) {
	for channel, kind := range map[string]string{"soc": "channels", "leads": "groups"} {
		wc := slacktest.Config{Scopes: []string{"chat:write", kind + ":read", kind + ":history"}}
		bubble(t, wc, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
			w.Fail("chat.postMessage", slacktest.Fault{Drop: true, Posted: true})
			posted, err := p.Post(t.Context(), text(channel, "x"), "d1")
			if err != nil || !posted.Found {
				t.Errorf("%s: %+v, %v", channel, posted, err)
			}
		})
	}
}

func TestWithoutADeliveryIDAnAmbiguousAnswerIsUnknownAtOnce(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Status: 502})
		begun := time.Now()
		_, err := p.Post(t.Context(), text("soc", "x"), "")
		var unknown *slackapi.UnknownError
		if !errors.As(err, &unknown) || w.Calls("chat.postMessage") != 1 || time.Since(begun) != 0 {
			t.Fatalf("got %v after %d posts and %s", err, w.Calls("chat.postMessage"), time.Since(begun))
		}
	})
}

func TestAnOutageEndsAtTheDeadline(t *testing.T) {
	refused := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	})
	pc := slackapi.Config{Transport: refused, DeliveryTimeout: time.Minute}
	bubble(t, slacktest.Config{}, pc, func(t *testing.T, _ *slacktest.Workspace, p *slackapi.Poster) {
		begun := time.Now()
		_, err := p.Post(t.Context(), text("soc", "x"), "d1")
		var unavailable *slackapi.UnavailableError
		if !errors.As(err, &unavailable) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(begun); took > time.Minute || took < 25*time.Second || unavailable.Tries < 5 {
			t.Errorf("gave up after %s and %d tries", took, unavailable.Tries)
		}
	})
}

func TestARetryAfterBeyondTheDeadlineIsNotWaitedFor(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.RateLimited(time.Hour))
		begun := time.Now()
		_, err := p.Post(t.Context(), text("soc", "x"), "d1")
		var unavailable *slackapi.UnavailableError
		if !errors.As(err, &unavailable) || unavailable.RetryAfter != time.Hour || time.Since(begun) != 0 {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}

func TestTheEndOfTheContextEndsAWait(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.RateLimited(time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 2 { // one waits for Slack, one for the other
			wg.Go(func() {
				_, err := p.Post(ctx, text("soc", "x"), "d1")
				var unavailable *slackapi.UnavailableError
				if !errors.As(err, &unavailable) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if w.Count() != 0 {
			t.Errorf("%d messages were posted", w.Count())
		}
		// The lane is free again, and Slack's wish still holds.
		begun := time.Now()
		if _, err := p.Post(t.Context(), text("soc", "y"), "d2"); err != nil || time.Since(begun) != 59*time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
	})
}

func TestAReplyToADeletedParentIsNoticed(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		parent, err := p.Post(t.Context(), text("soc", "parent"), "d0")
		if err != nil {
			t.Fatal(err)
		}
		w.Delete("soc", parent.TS)
		m := text("soc", "reply")
		m.ThreadTS = parent.TS
		for _, f := range []slacktest.Fault{{}, {Drop: true, Posted: true}} {
			w.Fail("chat.postMessage", f)
			posted, err := p.Post(t.Context(), m, fmt.Sprint("d", f.Drop))
			if err != nil || !posted.ParentGone || posted.ThreadTS != "" || posted.Found != f.Drop {
				t.Errorf("posted %+v, %v", posted, err)
			}
		}
	})
}

func TestFindReadsAllPages(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{Interval: -1}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		begun := time.Now()
		first, err := p.Post(t.Context(), text("soc", "parent"), "first")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 450 {
			m := text("soc", "filler")
			if i%2 == 0 {
				m.ThreadTS = first.TS
			}
			if _, err := p.Post(t.Context(), m, fmt.Sprint("d", i)); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			thread, id string
			found      bool
		}{
			{"", "first", true}, {"", "d1", true}, {first.TS, "d0", true}, {first.TS, "d448", true},
			{"", "d0", false}, {"", "other", false}, {first.TS, "other", false},
		} {
			posted, found, err := p.Find(t.Context(), "soc", c.thread, c.id, begun)
			if err != nil || found != c.found {
				t.Errorf("Find(%q, %q) = %v, %v; want %v", c.thread, c.id, found, err, c.found)
			}
			if found && posted.ThreadTS != c.thread {
				t.Errorf("Find(%q, %q): thread %q", c.thread, c.id, posted.ThreadTS)
			}
		}
		if _, found, err := p.Find(t.Context(), "soc", "", "first", time.Now().Add(time.Hour)); found || err != nil {
			t.Errorf("found what is older than asked for: %v", err)
		}
	})
}

func TestFindWaitsOutARateLimit(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		if _, err := p.Post(t.Context(), text("soc", "x"), "d1"); err != nil {
			t.Fatal(err)
		}
		w.Fail("conversations.history", slacktest.RateLimited(20*time.Second), slacktest.Fault{Status: 500})
		begun := time.Now()
		_, found, err := p.Find(t.Context(), "soc", "", "d1", begun.Add(-time.Minute))
		if !found || err != nil || time.Since(begun) < 20*time.Second {
			t.Errorf("found %v, %v after %s", found, err, time.Since(begun))
		}
	})
}

func TestARateLimitedMethodIsLeftAlone(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		if _, err := p.Post(t.Context(), text("soc", "x"), "d1"); err != nil {
			t.Fatal(err)
		}
		w.Fail("conversations.history", slacktest.RateLimited(20*time.Second))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, found, err := p.Find(t.Context(), "soc", "", "d1", time.Now().Add(-time.Minute)); !found || err != nil {
					t.Errorf("found %v, %v", found, err)
				}
			})
			synctest.Wait()
		}
		<-time.After(19 * time.Second)
		if n := w.Calls("conversations.history"); n != 1 {
			t.Errorf("%d calls during Retry-After, want the one that was refused", n)
		}
		wg.Wait()
	})
}

// A new poster, as after a crash, knows no ids of the channels.
func TestFindFindsChannelsByNameAndUser(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		for _, channel := range []string{"leads", "U0STANDIN1"} {
			posted, err := p.Post(t.Context(), text(channel, "x"), "d-"+channel)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := slackapi.New(slackapi.Config{
				Token: secret.New(slacktest.DefaultToken), APIURL: "http://127.0.0.1/api/",
				Transport: direct{w.Handler()},
			})
			if err != nil {
				t.Fatal(err)
			}
			found, ok, err := fresh.Find(t.Context(), channel, "", "d-"+channel, time.Now().Add(-time.Minute))
			if !ok || err != nil || found.TS != posted.TS || found.Channel != posted.Channel {
				t.Errorf("%s: found %+v, %v, %v; posted %+v", channel, found, ok, err, posted)
			}
		}
		if _, _, err := p.Find(t.Context(), "nowhere", "", "d1", time.Now()); err == nil {
			t.Error("found a channel that does not exist")
		}
	})
}

func TestIdentityAndPermalinkOverTheNetwork(t *testing.T) {
	w, err := slacktest.Start(slacktest.Config{Team: "Blue Team"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p, err := slackapi.New(slackapi.Config{Token: secret.New(slacktest.DefaultToken), APIURL: strings.TrimSuffix(w.APIURL(), "/")})
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.AuthTest(t.Context())
	if err != nil || id.Team != "Blue Team" || !id.Can("chat:write") || id.Can("admin") {
		t.Errorf("identity %+v, %v", id, err)
	}
	posted, err := p.Post(t.Context(), text("soc", "x"), "d1")
	if err != nil {
		t.Fatal(err)
	}
	link, err := p.Permalink(t.Context(), posted)
	if err != nil || !strings.HasPrefix(link, w.URL()+"/archives/"+posted.Channel) {
		t.Errorf("permalink %q, %v", link, err)
	}
	reply := text("soc", "y")
	reply.ThreadTS = posted.TS
	replied, err := p.Post(t.Context(), reply, "d2")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := p.Permalink(t.Context(), replied)
	if err != nil || p.Known() {
		t.Errorf("known: %v, %v", p.Known(), err)
	}
	p.Introduce(t.Context())
	before := w.Calls("chat.getPermalink")
	if link, err := p.Permalink(t.Context(), replied); link != asked || err != nil || !p.Known() || w.Calls("chat.getPermalink") != before {
		t.Errorf("permalink %q, %v, and asked %d times; want %q without asking", link, err, w.Calls("chat.getPermalink")-before, asked)
	}
	w.Fail("auth.test", slacktest.Fault{Status: 500}, slacktest.Fault{Code: "invalid_auth"})
	var unavailable *slackapi.UnavailableError
	_, err = p.AuthTest(t.Context())
	if want := "Slack did not give an answer: HTTP status 500. Try again later."; !errors.As(err, &unavailable) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var refused *slackapi.RefusedError
	_, err = p.AuthTest(t.Context())
	if want := "Slack refused the request: invalid_auth. The token does not work (any more): put a valid bot token into api_token."; !errors.As(err, &refused) || !refused.AllChannels() || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Over a real connection a cut is an error of the transport, not of JSON.
func TestCutsOverTheNetwork(t *testing.T) {
	w, err := slacktest.Start(slacktest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p, err := slackapi.New(slackapi.Config{
		Token: secret.New(slacktest.DefaultToken), APIURL: w.APIURL(),
		Interval: -1, RequestTimeout: 500 * time.Millisecond, LookupDelay: time.Millisecond, MinBackoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range []slacktest.Fault{{Drop: true}, {Cut: true}, {Drop: true, Posted: true}, {Cut: true, Posted: true}, {Empty: true, Posted: true}} {
		n++
		w.Fail("chat.postMessage", f)
		posted, err := p.Post(t.Context(), text("soc", "x"), fmt.Sprint(n))
		if err != nil || posted.Found != f.Posted || w.Count() != n {
			t.Errorf("%+v: %+v, %v, %d messages, want %d", f, posted, err, w.Count(), n)
		}
	}
}

func TestWhatNeverReachedSlackIsNotAmbiguous(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, address := range map[string]string{
		"nobody listens": "http://" + closed,
		"no TLS there":   strings.Replace(plain.URL, "http:", "https:", 1),
	} {
		p, err := slackapi.New(slackapi.Config{
			Token: secret.New("xoxb-1"), APIURL: address,
			Transport: &http.Transport{}, DeliveryTimeout: time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Post(t.Context(), text("soc", "x"), "d1")
		var unavailable *slackapi.UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARedirectDoesNotTakeTheTokenAlong(t *testing.T) {
	var leaked []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Header.Get("Authorization")+r.FormValue("token"))
	}))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	p, err := slackapi.New(slackapi.Config{Token: secret.New("xoxb-1"), APIURL: first.URL, DeliveryTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Post(t.Context(), text("soc", "x"), "d1")
	var away *slackapi.UnavailableError
	if !errors.As(err, &away) || away.Status != http.StatusTemporaryRedirect || len(leaked) > 0 {
		t.Errorf("got %v; the other host got %q", err, leaked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkPost is the cost of a message over loopback, the stand-in's part
// included.
func BenchmarkPost(b *testing.B) {
	w, err := slacktest.Start(slacktest.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	p, err := slackapi.New(slackapi.Config{Token: secret.New(slacktest.DefaultToken), APIURL: w.APIURL(), Interval: -1})
	if err != nil {
		b.Fatal(err)
	}
	m := text("soc", "DoS attack")
	m.Blocks = []json.RawMessage{json.RawMessage(`{"type":"section","fields":[{"type":"mrkdwn","verbatim":true,"text":"*Severity*\nHigh"},{"type":"mrkdwn","verbatim":true,"text":"*Confirmed*\nYes"}]}`)}
	n := 0
	for b.Loop() {
		n++
		if _, err := p.Post(b.Context(), m, fmt.Sprint(n)); err != nil {
			b.Fatal(err)
		}
	}
}
