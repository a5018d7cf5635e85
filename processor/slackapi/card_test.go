package slackapi_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// posted is a card in #soc, as Card reads it.
func posted(t *testing.T, p *slackapi.Poster, m blockkit.Message) slackapi.Card {
	t.Helper()
	at, err := p.PostCard(t.Context(), m, "call-1", slackapi.Memo{State: "low"}, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	card, found, err := p.Card(t.Context(), m.Channel, at.TS)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return card
}

func TestACardRemembersAndIsShownAnew(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		first := text("soc", "Severity: Low")
		first.Username = "SOC"
		first.Blocks = []json.RawMessage{json.RawMessage(`{"type":"divider"}`)}
		first.Attachments = []json.RawMessage{json.RawMessage(`{"text":"x"}`)}
		card := posted(t, p, first)
		if card.DeliveryID != "call-1" || card.Memo != (slackapi.Memo{State: "low"}) {
			t.Fatalf("read as %+v", card)
		}
		card.Memo = slackapi.Memo{ShownBy: "call-2", State: "high", Before: "low"}
		reply := text("soc", "Severity: High")
		reply.ThreadTS, reply.ReplyBroadcast = "1700000000.000000", true
		again, err := p.Update(t.Context(), card, reply, time.Now(), nil)
		if err != nil || again.TS != card.TS || again.Channel != card.Channel {
			t.Fatalf("%+v, %v", again, err)
		}
		messages := w.Messages("soc")
		if len(messages) != 1 || messages[0].Updates != 1 {
			t.Fatalf("%d messages, %+v", len(messages), messages)
		}
		// Nothing of what was there before is left but its author.
		want := blockkit.Message{Text: "Severity: High", Username: "SOC"}
		got := messages[0].Sent
		got.Channel = ""
		if diff := cmp.Diff(want.Text, got.Text); diff != "" || len(got.Blocks)+len(got.Attachments) != 0 || got.Username != want.Username {
			t.Errorf("shows %+v", got)
		}
		now, found, err := p.Card(t.Context(), "soc", card.TS)
		if err != nil || !found || now.Memo != card.Memo || now.DeliveryID != "call-1" {
			t.Errorf("read as %+v, %v", now, err)
		}
		// The call that posted it finds it as before.
		if _, found, err := p.Find(t.Context(), "soc", "", "call-1", time.Now().Add(-time.Minute)); !found || err != nil {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestNoCard(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		card := posted(t, p, text("soc", "x"))
		if got, found, err := p.Card(t.Context(), "soc", "1700000000.000001"); found || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		w.Delete("soc", card.TS)
		if got, found, err := p.Card(t.Context(), "soc", card.TS); found || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		if got, found, err := p.Card(t.Context(), "nowhere", card.TS); found || err == nil {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAnUpdateIsTriedAgain(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		card := posted(t, p, text("soc", "x"))
		w.Fail("chat.update", slacktest.RateLimited(20*time.Second), slacktest.Fault{Status: 502}, slacktest.Fault{Drop: true, Posted: true})
		begun := time.Now()
		if _, err := p.Update(t.Context(), card, text("soc", "y"), begun, nil); err != nil {
			t.Fatal(err)
		}
		if got := w.Messages("soc"); len(got) != 1 || got[0].Sent.Text != "y" || time.Since(begun) < 20*time.Second {
			t.Errorf("%+v after %s", got, time.Since(begun))
		}
	})
}

func TestWhatCannotBeShownAnew(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		card := posted(t, p, text("soc", "x"))
		for _, code := range []string{"edit_window_closed", "cant_update_message", "message_not_found"} {
			w.Fail("chat.update", slacktest.Fault{Code: code})
			var fixed *slackapi.FixedError
			if _, err := p.Update(t.Context(), card, text("soc", "y"), time.Now(), nil); !errors.As(err, &fixed) || fixed.Code != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		w.Fail("chat.update", slacktest.Fault{Code: "is_archived"})
		var refused *slackapi.RefusedError
		if _, err := p.Update(t.Context(), card, text("soc", "y"), time.Now(), nil); !errors.As(err, &refused) {
			t.Errorf("archived: %v", err)
		}
		wrong := text("soc", "y")
		wrong.Blocks = []json.RawMessage{json.RawMessage(`{"type":"sectoin"}`)}
		var invalid *slackapi.InvalidError
		if _, err := p.Update(t.Context(), card, wrong, time.Now(), nil); !errors.As(err, &invalid) {
			t.Errorf("wrong blocks: %v", err)
		}
		w.Delete("soc", card.TS)
		var fixed *slackapi.FixedError
		if _, err := p.Update(t.Context(), card, text("soc", "y"), time.Now(), nil); !errors.As(err, &fixed) {
			t.Errorf("deleted: %v", err)
		}
	})
}

// How much metadata Slack takes is not documented: a message is not lost over it.
func TestWhatIsTooLargeToBeKeptIsNot(t *testing.T) {
	bubble(t, slacktest.Config{}, slackapi.Config{}, func(t *testing.T, w *slacktest.Workspace, p *slackapi.Poster) {
		w.Fail("chat.postMessage", slacktest.Fault{Code: "metadata_too_large"})
		card := posted(t, p, text("soc", "x"))
		if card.DeliveryID != "call-1" || card.Memo != (slackapi.Memo{}) {
			t.Errorf("posted with %+v", card)
		}
		w.Fail("chat.update", slacktest.Fault{Code: "metadata_too_large"})
		card.Memo = slackapi.Memo{ShownBy: "call-2", State: "high", Before: "low", Reply: "call-2/reply"}
		if _, err := p.Update(t.Context(), card, text("soc", "y"), time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		now, _, err := p.Card(t.Context(), "soc", card.TS)
		if want := (slackapi.Memo{ShownBy: "call-2", Reply: "call-2/reply"}); err != nil || now.Memo != want {
			t.Errorf("shown with %+v, %v", now.Memo, err)
		}
	})
}
