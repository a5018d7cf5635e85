package archive_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/archive"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// times are those of messages: they are not the same twice.
var times = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// Everything that can stand in a channel, in the layout of the original.
func TestTheTextOfAHistory(t *testing.T) {
	b := newBench(t, archive.Text)
	associate(b.platform, incident, "RES-2223", "inc-2223")
	b.say("inc-2223", "<@U0STANDIN1> has joined the channel", inputs{"subtype": "channel_join"})
	parent := b.say("inc-2223", "who has seen <https://evil.example/x|this>?\n<!here> &amp; <@U0STANDIN2>, see <#C0OTHER000> and <#C0GENERAL0|general>")
	b.say("inc-2223", "me", inputs{"user": "U0STANDIN2", "thread_ts": parent})
	b.say("inc-2223", "me too", inputs{"user": "U0GONE0000", "thread_ts": parent, "subtype": "thread_broadcast"})
	edited := b.say("inc-2223", "a tpyo")
	b.slack.Edit("inc-2223", edited, "U0STANDIN2", inputs{"text": "a typo"})
	b.say("inc-2223", "", inputs{"files": []inputs{
		{"id": "F1", "name": "dump\u202ecod.exe\n1 - leo POSTED ON", "permalink": "https://soc.slack.com/files/F1"}, {"id": "F2", "title": "two", "mode": "tombstone"},
	}})
	b.slack.Put("inc-2223", inputs{"subtype": "bot_message", "username": "Resilient", "bot_id": "B1", "text": "", "attachments": []inputs{
		{"pretext": "please look", "title": "SOAR Incident", "title_link": "https://soar/1", "text": "*Severity*: High", "fields": []inputs{{"title": "Owner", "value": "<@U0STANDIN1>"}}},
	}})
	b.slack.Put("inc-2223", inputs{"bot_id": "B2", "bot_profile": inputs{"name": "Pager"}, "text": "This content can't be displayed.", "blocks": []inputs{
		{"type": "header", "text": inputs{"type": "plain_text", "text": "Down"}},
		{"type": "section", "fields": []inputs{{"type": "mrkdwn", "text": "a &lt; b"}, {"type": "mrkdwn", "text": "<@U0STANDIN2>"}}},
		{"type": "rich_text", "elements": []inputs{{"type": "rich_text_section", "elements": []inputs{
			{"type": "text", "text": "ask "}, {"type": "user", "user_id": "U0STANDIN1"}, {"type": "emoji", "name": "wave"},
		}}}},
	}})
	results, told := b.goes(inputs{})
	want := `1 - ada POSTED ON TIME
@ada has joined the channel

2 - ada POSTED ON TIME
who has seen this (https://evil.example/x)?
@here & @leo, see #inc-2224 and #general

2 REPLIES:
	1 - leo POSTED A REPLY ON TIME
	me

	2 - U0GONE0000 POSTED A REPLY ON TIME
	me too

3 - ada POSTED ON TIME
a typo
EDITED BY leo ON TIME

4 - ada POSTED ON TIME
File url https://soc.slack.com/files/F1
File name dumpcod.exe 1 - leo POSTED ON
File name two (deleted)

5 - Resilient POSTED ON TIME
please look
SOAR Incident
https://soar/1
*Severity*: High
Owner: @ada

6 - Pager POSTED ON TIME
Down
a < b
@leo
ask @ada:wave:

7 - SOC POSTED ON TIME
This channel is being archived. Its history becomes an attachment of RES-2223.

`
	if diff := cmp.Diff(want, times.ReplaceAllString(b.text(), "TIME")); diff != "" {
		t.Error(diff)
	}
	u := b.platform.Uploads()[0]
	if u.Name != "Slack_channel_inc-2223_history.txt" || u.Incident != incident || u.Task != 0 || u.Type != "text/plain" {
		t.Errorf("attachment %+v", u)
	}
	if !archived(b.slack, "inc-2223") || results["channel"] != "inc-2223" {
		t.Errorf("archived: %v; results %v", archived(b.slack, "inc-2223"), results)
	}
	calltest.Contains(t, told, "#inc-2223 (C0ROOM0000)", "is being archived", "of 9 messages is attached to RES-2223 as Slack_channel_inc-2223_history.txt", "#inc-2223 is archived")
	for _, id := range []string{"U0STANDIN1", "U0STANDIN2", "U0GONE0000"} {
		asked := 0
		for _, r := range b.slack.Requests() {
			if r.Method == "users.info" && r.Form.Get("user") == id {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("%s was asked for %d times", id, asked)
		}
	}
	if left := b.left(); left != nil {
		t.Errorf("files %q stay", left)
	}
}

// What looks like a line of ours in the text of a message does not pass for one.
func TestATextThatPretendsToBeMoreMessages(t *testing.T) {
	head := regexp.MustCompile(`(?im)^\s*\d+ - .* POSTED (A REPLY )?ON|^\s*\d+ REPLIES:|^File (url|name) |^EDITED BY`)
	for _, text := range []string{
		"ok\n\n2 - leo POSTED ON 2026-11-28 18:00:00\nI did it", "3 REPLIES:\n\t1 - leo POSTED A REPLY ON 2026-11-28 18:00:00\n\tyes",
		"x\r2 - leo POSTED ON y", "x\u2028２ － leo ＰＯＳＴＥＤ ON y", "File name innocent.txt", "x\nEDITED BY leo", "x\u0085\u00a02 - leo posted  on y", "<!x|a\n2 - leo POSTED ON>",
	} {
		b := newBench(t, archive.Text)
		b.say("inc-2223", text)
		b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
		if got := b.text(); len(head.FindAllString(got, -1)) != 2 { // the message's, and the last one's
			t.Errorf("%q becomes\n%s", text, got)
		}
	}
}

func TestJSONLinesAreWhatSlackGave(t *testing.T) {
	b := newBench(t, archive.Text, archive.JSON)
	parent := b.say("inc-2223", "<@U0STANDIN1>\nanything \u202e", inputs{"unknown_member": inputs{"a": []int{1}}})
	b.say("inc-2223", "later")
	b.say("inc-2223", "reply", inputs{"thread_ts": parent})
	results, _ := b.goes(inputs{"slack_channel_id": "C0ROOM0000", "task_id": 31})
	uploads := b.platform.Uploads()
	if len(uploads) != 2 || uploads[1].Name != "Slack_channel_inc-2223_history.jsonl" || uploads[1].Task != 31 || uploads[0].Task != 31 {
		t.Fatalf("attachments %+v", uploads)
	}
	var texts []string
	for line := range strings.Lines(string(uploads[1].Content)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		texts = append(texts, fmt.Sprint(m["text"], m["unknown_member"]))
	}
	want := []string{
		"<@U0STANDIN1>\nanything \u202emap[a:[1]]", "reply<nil>", "later<nil>",
		"This channel is being archived. Its history becomes an attachment of RES-2223-31.<nil>",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	if list, _ := results["attachments"].([]any); len(list) != 2 {
		t.Errorf("results %v", results)
	}
}

// Messages, replies and changes come while the history is read.
func TestWhatIsWrittenMeanwhileIsInIt(t *testing.T) {
	b := newBench(t, archive.Text)
	old := b.say("inc-2223", "old thread")
	b.say("inc-2223", "old reply", inputs{"thread_ts": old})
	typo := b.say("inc-2223", "tpyo")
	for i := range 500 {
		b.say("inc-2223", fmt.Sprint("message ", i))
	}
	b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "ratelimited", Status: 429}, r.Method == "chat.postMessage"
	})
	id := b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	b.Until("read once", func() bool { return b.slack.Calls("chat.postMessage") > 0 })
	b.say("inc-2223", "new message")
	thread := b.say("inc-2223", "new thread")
	b.say("inc-2223", "new reply", inputs{"thread_ts": thread})
	b.say("inc-2223", "late reply", inputs{"thread_ts": old})
	b.slack.Edit("inc-2223", typo, "U0STANDIN1", inputs{"text": "typo"})
	b.slack.FailWhen(nil)
	b.Result(id)
	got := b.text()
	for _, words := range []string{"new message", "new thread", "new reply", "late reply", "old reply", "\ntypo\nEDITED", "message 0\n", "message 499\n", "being archived"} {
		if n := strings.Count(got, words); n != 1 {
			t.Errorf("%q is in it %d times", words, n)
		}
	}
	if strings.Contains(got, "tpyo") {
		t.Error("what was changed is as it was before")
	}
}

// A message that comes while the file is on its way is told of.
func TestWhatComesTooLateIsTold(t *testing.T) {
	b := newBench(t, archive.Text)
	b.platform.SetFaults(resilienttest.Faults{Hold: "POST /attachments", HoldDone: true})
	id := b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	b.Until("attached", func() bool { return len(b.platform.Uploads()) == 1 })
	b.say("inc-2223", "wait!")
	b.platform.SetFaults(resilienttest.Faults{})
	b.platform.CutRequests()
	statuses, results := b.Result(id)
	calltest.Contains(t, strings.Join(statuses, ". "), "Messages that came while the history was sent to the platform, and that are in Slack alone: 1")
	if n, _ := results["notes"].([]any); len(n) != 1 || len(b.platform.Uploads()) != 1 {
		t.Errorf("notes %v, %d attachments", n, len(b.platform.Uploads()))
	}
}

func TestChannelsThatAreNotArchived(t *testing.T) {
	for what, c := range map[string]struct {
		before func(*bench)
		in     inputs
		want   []string
	}{
		"no association":                {nil, inputs{}, []string{"slack_channel_id", "RES-2223"}},
		"no incident":                   {nil, inputs{"incident_id": nil}, []string{"incident_id"}},
		"strange incident":              {nil, inputs{"incident_id": "x"}, []string{"incident_id", "a number"}},
		"unknown incident":              {nil, inputs{"incident_id": 99}, []string{"no incident 99"}},
		"unknown incident of a channel": {nil, inputs{"slack_channel_id": "C0ROOM0000", "incident_id": 99}, []string{"no incident 99", "incident_id"}},
		"unknown task of a channel":     {nil, inputs{"slack_channel_id": "C0ROOM0000", "task_id": 99}, []string{"no task 99"}},
		"unknown channel":               {nil, inputs{"slack_channel_id": "C0NOWHERE"}, []string{"channel_not_found"}},
		"general":                       {nil, inputs{"slack_channel_id": "C0GENERAL0"}, []string{"#general", "never archived"}},
		"archived":                      {nil, inputs{"slack_channel_id": "C0ARCHIVED"}, []string{"#old is archived already"}},
		"general, by association":       {func(b *bench) { associate(b.platform, incident, "RES-2223", "general") }, inputs{}, []string{"never archived"}},
		"archived, by association":      {func(b *bench) { associate(b.platform, incident, "RES-2223", "old") }, inputs{}, []string{"archived already"}},
		"gone":                          {func(b *bench) { associate(b.platform, incident, "RES-2223", "gone") }, inputs{}, []string{"#gone", "does not exist"}},
		"of two incidents": {func(b *bench) {
			associate(b.platform, incident, "RES-2223", "inc-2223")
			associate(b.platform, resilienttest.IncidentPhishing, "RES-2224", "inc-2223")
		}, inputs{}, []string{"#inc-2223 is not archived for RES-2223", "RES-2224", "slack_channel_id: C0ROOM0000"}},
		"of a task of another incident, known by its id": {func(b *bench) {
			b.platform.SetFaults(resilienttest.Faults{Columns: []string{"slack_db_res_id", "slack_db_channel", "slack_db_channel_id"}})
			associate(b.platform, incident, "RES-2223", "inc-2223")
			b.platform.PutRow(resilienttest.IncidentHostile, inputs{"slack_db_res_id": "RES-2225-33", "slack_db_channel": "renamed", "slack_db_channel_id": "C0ROOM0000"})
		}, inputs{}, []string{"RES-2225"}},
		"of a task and its incident": {func(b *bench) {
			associate(b.platform, incident, "RES-2223", "inc-2223")
			associate(b.platform, incident, "RES-2223-31", "inc-2223")
		}, inputs{"task_id": 31}, []string{"RES-2223-31", "associates it with RES-2223 too"}},
		"nobody can tell": {func(b *bench) {
			b.platform.SetFaults(resilienttest.Faults{NoSearch: true})
			associate(b.platform, incident, "RES-2223", "inc-2223")
		}, inputs{}, []string{"may be that of other incidents", "slack_channel_id: C0ROOM0000"}},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t, archive.Text)
			if c.before != nil {
				c.before(b)
			}
			calltest.Contains(t, b.fails(c.in), c.want...)
			if b.slack.Count() > 0 || len(b.platform.Uploads()) > 0 || archived(b.slack, "inc-2223") {
				t.Error("something was done")
			}
		})
	}
}

func TestChannelsThatAreArchived(t *testing.T) {
	for what, c := range map[string]struct {
		before  func(*bench)
		in      inputs
		channel string
	}{
		"of two incidents, named": {func(b *bench) {
			associate(b.platform, incident, "RES-2223", "inc-2223")
			associate(b.platform, resilienttest.IncidentPhishing, "RES-2224", "inc-2223")
		}, inputs{"slack_channel_id": "C0ROOM0000"}, "inc-2223"},
		"of an incident and its task": {func(b *bench) {
			associate(b.platform, incident, "RES-2223", "inc-2223")
			associate(b.platform, incident, "RES-2223-31", "inc-2223")
		}, inputs{}, "inc-2223"},
		"one name begins with the other": {func(b *bench) {
			associate(b.platform, incident, "RES-2223", "inc-2223")
			associate(b.platform, resilienttest.IncidentPhishing, "RES-2224", "inc-2223-2")
		}, inputs{}, "inc-2223"},
		"joined before it is read": {nil, inputs{"slack_channel_id": "C0VISITED0"}, "visited"},
		"private":                  {nil, inputs{"slack_channel_id": " C0OTHER000 ", "incident_id": 2223.0}, "inc-2224"},
		"nobody can tell, but we made it": {func(b *bench) {
			b.platform.SetFaults(resilienttest.Faults{NoSearch: true})
			associate(b.platform, incident, "RES-2223", "made")
		}, inputs{}, "made"},
		"the table is missing":    {func(b *bench) { b.platform.SetFaults(resilienttest.Faults{NoTable: true}) }, inputs{"slack_channel_id": "C0ROOM0000"}, "inc-2223"},
		"answers that are a list": {func(b *bench) { b.platform.SetFaults(resilienttest.Faults{ListedUploads: true}) }, inputs{"slack_channel_id": "C0ROOM0000"}, "inc-2223"},
		"somebody attached a file of that name": {func(b *bench) {
			b.platform.PutUpload(resilienttest.Upload{Incident: 2225, Name: "Slack_channel_inc-2223_history.txt"})
		}, inputs{"slack_channel_id": "C0ROOM0000"}, "inc-2223"},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t, archive.Text)
			if c.before != nil {
				c.before(b)
			}
			before := len(b.platform.Uploads())
			results, _ := b.goes(c.in)
			if results["channel"] != c.channel || !archived(b.slack, c.channel) || len(b.platform.Uploads()) != before+1 {
				t.Errorf("results %v", results)
			}
		})
	}
}

// Where the platform refuses the file, the channel stays open.
func TestWithoutAttachmentNothingIsArchived(t *testing.T) {
	for want, faults := range map[string]resilienttest.Faults{"limit": {MaxUpload: 10}, "permission": {NoPermission: true}} {
		b := newBench(t, archive.Text)
		b.platform.SetFaults(faults)
		calltest.Contains(t, b.fails(inputs{"slack_channel_id": "C0ROOM0000"}), want, "Slack_channel_inc-2223_history.txt")
		if archived(b.slack, "inc-2223") || b.left() != nil {
			t.Errorf("archived: %v; files %q", archived(b.slack, "inc-2223"), b.left())
		}
	}
}

// A token without users:read gives ids, once asked for, and a note.
func TestNamesThatTheAppMayNotAskFor(t *testing.T) {
	b := newBench(t, archive.Text)
	b.say("inc-2223", "hello <@U0STANDIN2>")
	b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "missing_scope"}, r.Method == "users.info"
	})
	results, _ := b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	calltest.Contains(t, b.text(), "1 - U0STANDIN1 POSTED ON", "hello @U0STANDIN2")
	calltest.Contains(t, fmt.Sprint(results["notes"]), "missing_scope")
	if n := b.slack.Calls("users.info"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A script lays out what it wants to, page for page.
func TestALayoutOfAScript(t *testing.T) {
	b := newBenchWith(t, `export default { archive: (m) => m.text === "secret" ? "" : m.isReply ? null : m.number + ": " + m.user + ": " + m.text + " [" + m.files.map((f) => f.name) + "] " + m.edited + m.replies };`, false, archive.Text)
	want := ""
	for i := range 250 {
		b.say("inc-2223", fmt.Sprint("message ", i))
		want += fmt.Sprintf("%d: ada: message %d [] 0\n", i+1, i)
	}
	parent := b.say("inc-2223", "look", inputs{"files": []inputs{{"name": "a.txt"}}})
	b.say("inc-2223", "reply", inputs{"thread_ts": parent})
	b.say("inc-2223", "secret")
	b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	want += "251: ada: look [a.txt] 1\n\t1 - ada POSTED A REPLY ON TIME\n\treply\n\n253: SOC: This channel is being archived. Its history becomes an attachment of RES-2223. [] 0\n"
	if diff := cmp.Diff(want, times.ReplaceAllString(b.text(), "TIME")); diff != "" {
		t.Error(diff)
	}
}

// What a script writes to the console is in the log, with the call's id.
func TestTheConsoleOfALayoutIsLogged(t *testing.T) {
	b := newBenchWith(t, `export default { archive: (m) => { console.warn("laid out", m.text); return null; } };`, false, archive.Text)
	b.say("inc-2223", "hello")
	b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	if want := regexp.MustCompile(`level=WARN msg=console script=default.js text="laid out hello" id=\S+`); !want.MatchString(b.log.String()) {
		t.Errorf("the log has\n%s", b.log)
	}
}

// A script that fails somewhere leaves the whole history to the built-in layout.
func TestALayoutThatFails(t *testing.T) {
	const script = `export default { archive: (m) => m.number === 150 ? m.nothing.x : "x" };`
	b, strict := newBenchWith(t, script, false, archive.Text), newBenchWith(t, script, true, archive.Text)
	for range 200 {
		b.say("inc-2223", "hello")
		strict.say("inc-2223", "hello")
	}
	results, _ := b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	if n := strings.Count(b.text(), "ada POSTED ON"); n != 200 {
		t.Errorf("%d of 200 messages are in the built-in layout", n)
	}
	calltest.Contains(t, fmt.Sprint(results["notes"]), "default.js:1:", "the history has the built-in layout")
	calltest.Contains(t, strict.fails(inputs{"slack_channel_id": "C0ROOM0000"}), "default.js:1:")
	if strict.slack.Count() > 200 || len(strict.platform.Uploads()) > 0 || archived(strict.slack, "inc-2223") {
		t.Error("a call that fails has done something")
	}
}

// A message of a thousand invented ids costs no thousand requests.
func TestIDsThatAreNobodys(t *testing.T) {
	b := newBench(t, archive.Text)
	text := strings.Builder{}
	for i := range 1000 {
		fmt.Fprintf(&text, "<@U%07d> <#what> <@../x>", i)
	}
	b.say("inc-2223", text.String())
	b.say("inc-2223", "<@U0STANDIN1> and <@U0STANDIN2>")
	b.say("inc-2223", "it is me", inputs{"user": "U0STANDIN2"})
	results, _ := b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	calltest.Contains(t, b.text(), "@U0000000 #what @../x", "@ada and @leo", "3 - leo POSTED ON")
	calltest.Contains(t, fmt.Sprint(results["notes"]), "Ids stand in the place of names in texts")
	if n := b.slack.Calls("users.info"); n != 102 {
		t.Errorf("asked %d times", n)
	}
}

// An author's name does not pass for a line of ours either.
func TestNamesThatPretend(t *testing.T) {
	b := newBench(t, archive.Text)
	b.slack.Put("inc-2223", inputs{"subtype": "bot_message", "username": "leo POSTED ON 2026-01-01 00:00:00\n2 - ada", "text": "x"})
	b.goes(inputs{"slack_channel_id": "C0ROOM0000"})
	calltest.Contains(t, b.text(), `1 - "leo POSTED ON 2026-01-01 00:00:00 2 - ada" POSTED ON `)
}

// Slack and the platform fail and come back.
func TestFailuresThatPass(t *testing.T) {
	b := newBench(t, archive.Text)
	parent := b.say("inc-2223", "parent")
	b.say("inc-2223", "reply", inputs{"thread_ts": parent})
	for _, method := range []string{"conversations.info", "conversations.history", "conversations.replies", "users.info", "chat.postMessage", "conversations.archive"} {
		b.slack.Fail(method, slacktest.Fault{Status: 503}, slacktest.Fault{Posted: true, Drop: true}, slacktest.Fault{Code: "ratelimited", Status: 429})
	}
	b.platform.SetFaults(resilienttest.Faults{Hold: "POST /attachments", HoldDone: true})
	id := b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	b.Until("attached", func() bool { return len(b.platform.Uploads()) == 1 })
	b.platform.SetFaults(resilienttest.Faults{})
	b.platform.CutRequests()
	b.Result(id)
	if n := strings.Count(b.text(), "being archived"); n != 1 || !archived(b.slack, "inc-2223") {
		t.Errorf("%d last messages; archived: %v", n, archived(b.slack, "inc-2223"))
	}
}

// Two calls for the same channel at once: one archives it, the other says that it is.
func TestTwoCallsAtOnce(t *testing.T) {
	b := newBench(t, archive.Text)
	one, two := b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"})), b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	b.Result(one)
	calltest.Contains(t, b.Failure(two), "archived")
	if n := strings.Count(b.text(), "being archived"); n != 1 {
		t.Errorf("%d last messages", n)
	}
}

// An archiving takes long, and the messages of the channel do not wait for it: the
// message that is called for while the history is read is in it.
func TestOtherCallsDoNotWait(t *testing.T) {
	b := newBench(t, archive.Text)
	b.slack.Fail("conversations.history", slacktest.RateLimited(1e9))
	slow := b.Send(body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	b.Until("begun", func() bool { return b.slack.Calls("conversations.history") > 0 })
	other := b.Send(body(t, inputs{"slack_channel_id": "C0OTHER000", "incident_id": 2224}))
	b.Result(other)
	select {
	case r := <-b.Replies(slow):
		if r.Complete {
			t.Errorf("it is done: %+v", r)
		}
	default:
	}
	b.Result(slow)
}
