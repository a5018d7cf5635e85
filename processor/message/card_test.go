package message_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// of are the inputs of a call for an incident of a severity.
func of(severity string, more ...any) map[string]any {
	js, _ := json.Marshal(map[string]any{ // in the order of their names
		"Name":     map[string]any{"type": "string", "data": "DoS"},
		"Severity": map[string]any{"type": "string", "data": severity},
	})
	inputs := map[string]any{"slack_channel": "general", "slack_details": string(js)}
	for i := 0; i < len(more); i += 2 {
		inputs[more[i].(string)] = more[i+1]
	}
	return inputs
}

// anew are those of a call that brings a card up to date.
func anew(ts any, severity string) map[string]any {
	return of(severity, "slack_thread_id", ts, "slack_update", true)
}

// channel are the texts of the messages of #general, replies behind a sign.
func texts(b *calltest.Bench) (list []string) {
	for _, m := range b.Slack.Messages("general") {
		text := m.Sent.Text
		if m.ThreadTS != "" {
			text = "> " + text
		}
		if m.Broadcast {
			text = ">" + text
		}
		list = append(list, text)
	}
	return list
}

func TestACardFollowsItsIncident(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	_, first := b.Result(b.Call(of("Low")))
	statuses, second := b.Result(b.Call(anew(first["ts"], "High")))
	if second["ts"] != first["ts"] || second["updated"] != true || fmt.Sprint(second["changed"]) != "[Severity]" {
		t.Errorf("results: %v", second)
	}
	calltest.Contains(t, strings.Join(statuses, "|"), "brought up to date")
	_, third := b.Result(b.Call(anew(first["ts"], "High")))
	if third["updated"] != true || fmt.Sprint(third["changed"]) != "[]" {
		t.Errorf("results without a change: %v", third)
	}
	if got, want := fmt.Sprintf("%q", texts(b)), `["Name: DoS\nSeverity: High" "> Severity: Low → High"]`; got != want {
		t.Errorf("Slack shows %s, want %s", got, want)
	}
}

// What this process has shown itself is not asked for, unless another may have changed
// it since.
func TestACardIsReadWhereAnotherMayHaveShownIt(t *testing.T) {
	for _, shared := range []bool{false, true} {
		b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}, Shared: shared})
		_, first := b.Result(b.Call(of("Low")))
		before := b.Slack.Calls("conversations.history")
		b.Result(b.Call(anew(first["ts"], "High")))
		b.Result(b.Call(anew(first["ts"], "Low")))
		if read := b.Slack.Calls("conversations.history") - before; read != 0 && !shared || read < 2 && shared {
			t.Errorf("shared %v: the card was read %d times", shared, read)
		}
		if m := b.Slack.Messages("general"); len(m) != 3 || m[0].Sent.Text != "Name: DoS\nSeverity: Low" {
			t.Errorf("Slack shows %q", texts(b))
		}
	}
}

func TestScriptsKnowWhatChanged(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": `export default {
  labels: { Severity: "How bad" },
  types: { string: (s) => (s === "none" ? "" : s.toUpperCase()) },
  format(m) {
    const to = m.changes[0]?.to;
    const seen = [m.isUpdate, m.previous, m.changes].map((x) => JSON.stringify(x)).join(" ");
    if (!m.isUpdate) return m.text;
    return { text: m.text + "\n" + seen, reply: to === "SILENT" ? null : to === "OWN" ? { text: "own " + m.changes[0].from } : undefined, broadcast: to === "HIGH" };
  },
};`}})
	_, first := b.Result(b.Call(of("low")))
	for _, severity := range []string{"high", "silent", "own", "none"} {
		b.Result(b.Call(anew(first["ts"], severity)))
	}
	got := texts(b)
	want := []string{
		"Name: DOS\n" + `true [{"label":"Name","plain":"DOS"},{"label":"Severity","plain":"OWN"}] [{"label":"How bad","from":"OWN","to":""}]`,
		">> How bad: LOW → HIGH",
		"> own SILENT",
		"> How bad: OWN → –",
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("Slack shows\n%q\nwant\n%q", got, want)
	}
}

// What the thread is told can be copied as it was sent, and nothing in it acts.
func TestAChangeCanBeCopied(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	_, first := b.Result(b.Call(of("__init__.py")))
	b.Result(b.Call(anew(first["ts"], "*.evil.example <!here>")))
	reply := b.Slack.Messages("general")[1].Sent
	blocks, err := json.Marshal(reply.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	calltest.Contains(t, string(blocks), `"__init__.py → *.evil.example \u003c!here\u003e"`)
	if strings.Contains(string(blocks), mrkdwn.Joiner) || !strings.Contains(reply.Text, "&lt;!here") {
		t.Errorf("the thread is told %q %s", reply.Text, blocks)
	}
}

func TestACardThatIsGoneIsPostedAnew(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	_, first := b.Result(b.Call(of("Low", "slack_update", true)))
	if first["updated"] != false {
		t.Errorf("results of the first: %v", first)
	}
	b.Slack.Delete("general", first["ts"].(string))
	statuses, second := b.Result(b.Call(anew(first["ts"], "High")))
	calltest.Contains(t, strings.Join(statuses, "|"), "posted anew")
	if second["ts"] == first["ts"] || second["updated"] != false {
		t.Errorf("results: %v", second)
	}
	for _, code := range []string{"edit_window_closed", "cant_update_message"} {
		b.Slack.Fail("chat.update", slacktest.Fault{Code: code})
		statuses, again := b.Result(b.Call(anew(second["ts"], code)))
		calltest.Contains(t, strings.Join(statuses, "|"), code, "posted anew")
		if again["ts"] == second["ts"] {
			t.Errorf("results: %v", again)
		}
	}
	b.Slack.Fail("chat.update", slacktest.Fault{Code: "is_archived"})
	calltest.Contains(t, b.Failure(b.Call(anew(second["ts"], "x"))), "archived")
}

// Two changes come before the platform knows the message that was posted for the first.
func TestACardThatIsGoneIsPostedAnewOnce(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	_, first := b.Result(b.Call(of("Low")))
	b.Slack.Delete("general", first["ts"].(string))
	now := time.Now() // of both: neither is left to the other
	one, other := sendAt(b, now, "one", anew(first["ts"], "Medium")), sendAt(b, now, "other", anew(first["ts"], "High"))
	_, second := b.Result(one)
	_, third := b.Result(other)
	if third["ts"] != second["ts"] || third["updated"] != true {
		t.Errorf("results: %v, %v", second, third)
	}
	if got, want := fmt.Sprintf("%q", texts(b)), `["Name: DoS\nSeverity: High" "> Severity: Medium → High"]`; got != want {
		t.Errorf("Slack shows %s, want %s", got, want)
	}
}

func TestBlocksThatSlackRefusesAreShownInClassic(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": `export default { format: (m) => ({ text: "x", blocks: [slack.section(m.text)] }) };`}})
	_, first := b.Result(b.Call(of("Low")))
	b.Slack.Fail("chat.update", slacktest.Fault{Code: "invalid_blocks"})
	statuses, _ := b.Result(b.Call(anew(first["ts"], "High")))
	calltest.Contains(t, strings.Join(statuses, "|"), "classic layout")
	if m := b.Slack.Messages("general")[0]; m.Sent.Text != "Name: DoS\nSeverity: High" || len(m.Sent.Blocks) != 0 {
		t.Errorf("Slack shows %+v", m.Sent)
	}
}

// sendAt sends a call with the time at which the platform has sent it.
func sendAt(b *calltest.Bench, at time.Time, id string, inputs map[string]any) string {
	b.Broker.Send(calltest.Queue, map[string]string{
		"reply-to": "/queue/" + calltest.Answers, "correlation-id": id, "timestamp": strconv.FormatInt(at.UnixMilli(), 10),
	}, []byte(calltest.Body(b.T, render.Function, inputs)))
	return id
}

func TestALateStateChangesNothing(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	now := time.Now()
	_, first := b.Result(sendAt(b, now, "first", of("Low")))
	b.Result(sendAt(b, now.Add(2*time.Second), "high", anew(first["ts"], "High")))
	statuses, late := b.Result(sendAt(b, now.Add(time.Second), "medium", anew(first["ts"], "Medium")))
	calltest.Contains(t, strings.Join(statuses, "|"), "later state already")
	if late["updated"] != false || late["ts"] != first["ts"] {
		t.Errorf("results: %v", late)
	}
	if got, want := fmt.Sprintf("%q", texts(b)), `["Name: DoS\nSeverity: High" "> Severity: Low → High"]`; got != want {
		t.Errorf("Slack shows %s, want %s", got, want)
	}
}

// A process was killed when it had shown a card anew, before it told the thread.
func TestWhatWasShownAndNotToldIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		id   string // of the call that comes now
		want string
	}{
		"the call comes again": {"shown", `["Name: DoS\nSeverity: High" "> Severity: Low → High"]`},
		"another comes before": {"other", `["Name: DoS\nSeverity: Critical" "> Severity: Low → Critical"]`},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			var ts string
			b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}, Before: func(b *calltest.Bench) {
				ts = shownNotTold(b, now)
			}})
			severity := "High"
			if c.id == "other" {
				severity = "Critical"
			}
			b.Result(sendAt(b, now.Add(time.Second), c.id, anew(ts, severity)))
			if got := fmt.Sprintf("%q", texts(b)); got != c.want {
				t.Errorf("Slack shows %s, want %s", got, c.want)
			}
		})
	}
}

// shownNotTold leaves a card behind that the call "shown" has shown anew.
func shownNotTold(b *calltest.Bench, at time.Time) string {
	poster, err := slackapi.New(slackapi.Config{Token: secret.New(slacktest.DefaultToken), APIURL: b.Slack.APIURL()})
	calltest.Must(b.T, err)
	written := func(severity string) string {
		return card.State{At: at, Values: []card.Value{{Label: "Name", Text: "DoS"}, {Label: "Severity", Text: severity}}}.Write()
	}
	m := text("general", "Name: DoS\nSeverity: Low")
	posted, err := poster.PostCard(b.T.Context(), m, "first", slackapi.Memo{State: written("Low")}, time.Now(), nil)
	calltest.Must(b.T, err)
	c, _, err := poster.Card(b.T.Context(), posted.Channel, posted.TS)
	calltest.Must(b.T, err)
	c.Memo = slackapi.Memo{ShownBy: "shown", State: written("High"), Before: written("Low"), Reply: "shown/reply"}
	_, err = poster.Update(b.T.Context(), c, text("general", "Name: DoS\nSeverity: High"), time.Now(), nil)
	calltest.Must(b.T, err)
	j, err := journal.Open(journal.Config{Path: filepath.Join(b.State, "journal.log"), Log: slog.New(slog.DiscardHandler)})
	calltest.Must(b.T, err)
	_, _, err = j.Begin("shown", false)
	calltest.Must(b.T, err)
	calltest.Must(b.T, j.Asked("shown"))
	calltest.Must(b.T, j.Close())
	return posted.TS
}

// A card that continues in its thread is shown anew there too, and nothing of before
// is left.
func TestALongCardIsShownAnewInAllItsParts(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, reply: null }) };`}})
	inputs := func(n int, word string) map[string]any {
		return map[string]any{"slack_channel": "general", "slack_details": calltest.Details(strings.Repeat(word, n))}
	}
	_, first := b.Result(b.Call(inputs(9_000, "old ")))
	for _, n := range []int{20_000, 9_000, 10, 20_000} {
		anew := inputs(n, "word ")
		anew["slack_thread_id"], anew["slack_update"] = first["ts"], true
		b.Result(b.Call(anew))
		got, old := 0, 0
		for _, m := range b.Slack.Messages("general") {
			got += strings.Count(m.Sent.Text, "word")
			old += strings.Count(m.Sent.Text, "old")
		}
		if got != n || old != 0 {
			t.Errorf("%d words of %d, and %d of before", got, n, old)
		}
	}
	if now := len(b.Slack.Messages("general")); now != 3 {
		t.Errorf("%d messages, want 3", now)
	}
}

// A call for an incident's own channel knows its card by the link in the data table.
func TestTheCardOfARoom(t *testing.T) {
	b, platform := roomBench(t, nil)
	severity := func(severity string) map[string]any {
		js, _ := json.Marshal(map[string]any{"Severity": map[string]any{"type": "string", "data": severity}})
		return inRoom(string(js), map[string]any{"slack_channel": "inc", "slack_is_channel_private": false, "slack_update": true})
	}
	_, first := b.Result(b.Call(severity("Low")))
	_, second := b.Result(b.Call(severity("High")))
	if second["ts"] != first["ts"] || second["updated"] != true || second["channel"] != "inc" || second["url"] != first["url"] {
		t.Errorf("results %v", second)
	}
	b.Slack.Delete("inc", first["ts"].(string))
	_, third := b.Result(b.Call(severity("High")))
	_, fourth := b.Result(b.Call(severity("Low")))
	if third["updated"] != false || fourth["updated"] != true || fourth["ts"] != third["ts"] || third["ts"] == first["ts"] {
		t.Errorf("results %v, %v", third, fourth)
	}
	calltest.Contains(t, fmt.Sprint(platform.Rows(incident)), fmt.Sprint(third["url"]))
}

// A layout that wants nothing posted makes no channel either.
func TestNoRoomIsMadeForALayoutThatSkips(t *testing.T) {
	b, platform := roomBench(t, map[string]string{"default.js": `export default { format: () => ({ skip: "quiet" }) };`})
	more := map[string]any{"slack_channel": "inc", "slack_is_channel_private": false, "slack_update": true}
	_, results := b.Result(b.Call(inRoom(`{"Severity": {"type": "string", "data": "Low"}}`, more)))
	if results["skipped"] != "quiet" || len(platform.Rows(incident)) != 0 || b.Slack.Calls("conversations.create") != 0 {
		t.Errorf("results %v, rows %v", results, platform.Rows(incident))
	}
}

// The card of an archived room is gone with it, where the call wants another room.
func TestTheCardOfARoomThatIsReplaced(t *testing.T) {
	b, platform := roomBench(t, nil)
	call := inRoom(`{"Severity": {"type": "string", "data": "Low"}}`, map[string]any{
		"slack_channel": "inc", "slack_is_channel_private": false, "slack_update": true, "slack_replace_archived": true,
	})
	_, first := b.Result(b.Call(call))
	resp, err := http.PostForm(b.Slack.APIURL()+"conversations.archive", url.Values{"token": {slacktest.DefaultToken}, "channel": {b.Slack.Messages("inc")[0].Channel}})
	calltest.Must(t, err)
	resp.Body.Close()
	_, second := b.Result(b.Call(call))
	_, third := b.Result(b.Call(call))
	if second["updated"] != false || second["channel"] == first["channel"] || third["updated"] != true || third["ts"] != second["ts"] {
		t.Errorf("results %v, %v", second, third)
	}
	calltest.Contains(t, fmt.Sprint(platform.Rows(incident)), fmt.Sprint(second["url"]))
}

// A layout may have a channel of its own: there the card is found again, and where it
// names another one then, the card begins anew.
func TestTheCardInTheLayoutsChannel(t *testing.T) {
	for _, fail := range []bool{false, true} {
		b := calltest.New(t, calltest.Options{Fail: fail, Scripts: map[string]string{"default.js": `export default {
  format: (m) => ({ text: m.text, channel: m.field("Severity").plain === "High" ? "incidents" : "soc" }),
};`}})
		_, first := b.Result(b.Call(of("Low")))
		_, second := b.Result(b.Call(anew(first["ts"], "Medium")))
		if second["ts"] != first["ts"] || second["updated"] != true || len(b.Slack.Messages("soc")) != 2 {
			t.Errorf("results %v", second)
		}
		_, third := b.Result(b.Call(anew(first["ts"], "High")))
		if third["updated"] != false || third["ts"] == first["ts"] || len(b.Slack.Messages("incidents")) != 1 || len(b.Slack.Messages("general")) != 0 {
			t.Errorf("results %v", third)
		}
	}
}

// Metadata is public: what another app writes into it is no part of a card.
func TestAnotherAppsReplyIsNoPartOfACard(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	inputs := func(n int, more ...any) map[string]any {
		inputs := of("Low", more...)
		inputs["slack_details"] = calltest.Details(strings.Repeat("word ", n))
		return inputs
	}
	_, first := b.Result(b.Call(inputs(9_000)))
	reply := b.Slack.Messages("general")[1]
	var metadata map[string]any
	calltest.Must(t, json.Unmarshal(reply.Metadata, &metadata))
	forged := b.Slack.Put("general", map[string]any{"bot_id": "B0OTHER", "text": "forged", "thread_ts": first["ts"], "metadata": metadata})
	b.Slack.Delete("general", reply.TS)
	for _, n := range []int{9_001, 10} {
		b.Result(b.Call(inputs(n, "slack_thread_id", first["ts"], "slack_update", true)))
	}
	for _, r := range b.Slack.Requests() {
		if r.Method == "chat.update" && r.Form.Get("ts") == forged {
			t.Error("it was to be shown anew")
		}
	}
}

// Nor is a change taken for told because another app says so.
func TestAnotherAppsReplyTellsNothing(t *testing.T) {
	now := time.Now()
	var ts string
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}, Before: func(b *calltest.Bench) {
		ts = shownNotTold(b, now)
		var metadata map[string]any
		calltest.Must(b.T, json.Unmarshal(b.Slack.Messages("general")[0].Metadata, &metadata))
		metadata["event_payload"] = map[string]any{"delivery_id": "shown/reply"}
		b.Slack.Put("general", map[string]any{"bot_id": "B0OTHER", "text": "forged", "thread_ts": ts, "metadata": metadata})
	}})
	b.Result(sendAt(b, now.Add(time.Second), "other", anew(ts, "Critical")))
	if got, want := fmt.Sprintf("%q", texts(b)), `["Name: DoS\nSeverity: Critical" "> forged" "> Severity: Low → Critical"]`; got != want {
		t.Errorf("Slack shows %s, want %s", got, want)
	}
}

func text(channel, text string) blockkit.Message {
	return blockkit.Message{Channel: channel, Text: text}
}
