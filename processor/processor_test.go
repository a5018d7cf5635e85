package processor_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

const classic = `export default { format: (message) => message.text };`

func TestMessageThenReplyInItsThread(t *testing.T) {
	for _, server := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(server, func(t *testing.T) {
			b := newBench(t, options{server: server, scripts: map[string]string{"default.js": classic}})
			statuses, first := b.result(b.call(map[string]any{
				"slack_channel": "general", "slack_details": details("DoS"), "slack_thread_id": nil,
				"slack_reply_broadcast": map[string]any{"id": 302, "name": "false"},
				"slack_parse":           map[string]any{"id": 351, "name": "full"},
				"slack_as_user":         map[string]any{"id": 361, "name": "false"},
				"slack_markdwn":         map[string]any{"id": 356, "name": "true"},
			}))
			if want := "Rendered by default.js|Message added to Slack"; strings.Join(statuses, "|") != want {
				t.Errorf("statuses %q, want %q", statuses, want)
			}
			for _, name := range []string{"version", "success", "reason", "content", "raw", "inputs", "metrics", "permalink", "formatter", "ok", "ts", "channel", "message", "headers"} {
				if _, ok := first[name]; !ok {
					t.Errorf("the results lack %s", name)
				}
			}
			if first["formatter"] != "default.js" || first["success"] != true || first["reason"] != nil {
				t.Errorf("formatter %v, success %v, reason %v", first["formatter"], first["success"], first["reason"])
			}
			contains(t, fmt.Sprint(first["permalink"]), "/archives/", strings.ReplaceAll(fmt.Sprint(first["ts"]), ".", ""))

			_, second := b.result(b.call(map[string]any{
				"slack_channel": "general", "slack_details": details("a note"),
				"slack_thread_id": first["ts"], "slack_user_id": "Anna", "slack_reply_broadcast": true,
			}))
			messages := b.slack.Messages("general")
			if len(messages) != 2 {
				t.Fatalf("%d messages, want 2", len(messages))
			}
			if m := messages[0]; m.Sent.Text != "Name: DoS" || m.Sent.Username != "Resilient" || m.TS != first["ts"] {
				t.Errorf("first message: %+v", m)
			}
			if m := messages[1]; m.ThreadTS != first["ts"] || m.Sent.Username != "Anna" || !m.Broadcast || m.TS != second["ts"] {
				t.Errorf("reply: %+v", m)
			}
		})
	}
}

func TestEveryCallIsAnswered(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": classic}})
	good := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	with := func(name string, value any) string {
		inputs := map[string]any{}
		for k, v := range good {
			inputs[k] = v
		}
		inputs[name] = value
		return message(t, render.Function, inputs)
	}
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"not JSON":           {`hello`, []string{"not a function call", "byte 0"}},
		"not an object":      {`[1]`, []string{"not a function call"}},
		"empty":              {``, []string{"empty"}},
		"an action":          {`{"action_id": 7, "incident": {"id": 1}}`, []string{"rule"}},
		"another function":   {message(t, "utilities_echo", good), []string{"slack_post_message", "utilities_echo"}},
		"no inputs":          {`{"function": {"name": "slack_post_message"}}`, []string{"slack_channel", "slack_details", "required"}},
		"null inputs":        {`{"function": {"name": "slack_post_message"}, "inputs": null}`, []string{"slack_channel"}},
		"no channel":         {with("slack_channel", ""), []string{"slack_channel", "required"}},
		"no details":         {with("slack_details", nil), []string{"slack_details", "required"}},
		"no fields":          {with("slack_details", `{}`), []string{"slack_details"}},
		"impossible parse":   {with("slack_parse", "half"), []string{"slack_parse", "half", "none or full"}},
		"impossible boolean": {with("slack_link_names", "maybe"), []string{"slack_link_names", "maybe"}},
		"unknown channel":    {with("slack_channel", "nowhere"), []string{"channel_not_found", "nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := b.failure(b.send(c.body))
			contains(t, text, c.want...)
			if strings.Contains(text, "\n") || strings.Contains(text, ".go:") {
				t.Errorf("not a sentence: %q", text)
			}
		})
	}
	// The original falls silent after as many failures as its prefetch.
	for range 40 {
		b.failure(b.call(map[string]any{"slack_channel": "nowhere", "slack_details": details("x")}))
	}
	b.result(b.call(good))
	b.until("all acknowledged", func() bool { return b.broker.Len(queue)+b.broker.Held(queue) == 0 })
}

// A slip in the name of an input leaves it unread; the Action Status says so.
// Other names are inputs for scripts.
func TestMisspeltInputsAreNamed(t *testing.T) {
	b := newBench(t, options{})
	contains(t, b.failure(b.call(map[string]any{"slack_chanel": "general", "slack_details": details("x")})),
		"slack_channel", `nobody reads input "slack_chanel", is slack_channel meant?`)
	statuses, _ := b.result(b.call(map[string]any{
		"slack_channel": "general", "slack_details": details("x"), "slack_thraed_id": "1", "Slack_Parse": "none", "slack_severity": "high", "site": "GR",
	}))
	contains(t, statuses[0], `"slack_thraed_id", is slack_thread_id meant?`, `"Slack_Parse", is slack_parse meant?`)
	if strings.Contains(statuses[0], "severity") || strings.Contains(statuses[0], "site") {
		t.Errorf("an input for scripts is called a mistake: %s", statuses[0])
	}
}

func TestRefusedTokenIsAnswered(t *testing.T) {
	b := newBench(t, options{})
	b.slack.Fail("chat.postMessage", slacktest.Fault{Code: "invalid_auth"})
	contains(t, b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")})), "invalid_auth", "api_token")
	b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
}

func TestBrokenScriptDoesNotLoseTheMessage(t *testing.T) {
	scripts := map[string]string{"default.js": "export default {\n  format(m) { return m.field('nope').text; },\n};"}
	b := newBench(t, options{scripts: scripts})
	statuses, results := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
	if results["formatter"] != "classic" {
		t.Errorf("formatter %v", results["formatter"])
	}
	if len(b.slack.Messages("general")) != 1 || b.slack.Messages("general")[0].Sent.Text != "Name: x" {
		t.Errorf("messages %+v", b.slack.Messages("general"))
	}
	contains(t, statuses[0], "classic", "default.js:2:", "TypeError")
}

func TestBrokenScriptFailsTheCallWhereThatIsAskedFor(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: () => ({ txt: "x" }) };`}
	b := newBench(t, options{scripts: scripts, fail: true})
	contains(t, b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")})), "default.js", `"txt"`)
	if n := b.slack.Count(); n != 0 {
		t.Errorf("%d messages, want none", n)
	}
}

func TestUnreadableDetailsDoNotLoseTheMessage(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, options{log: &log, scripts: map[string]string{"default.js": `export default { format: () => ({ skip: "no title" }) };`}})
	statuses, results := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": `{"A": {"type": "datetime", "data": None}, "B": {"type": "string", "data": "b"}, "C": {"data": "say "hi""}}`}))
	if results["formatter"] != "classic" || len(b.slack.Messages("general")) != 1 {
		t.Errorf("formatter %v, messages %+v", results["formatter"], b.slack.Messages("general"))
	}
	const place = "slack_details cannot be read: line 1, column 101"
	contains(t, b.slack.Messages("general")[0].Sent.Text, place, "\nB: b\nThe rest as it stands:\n```\n\"C\"")
	contains(t, statuses[0], place, "None is read as null")
	b.end()
	contains(t, log.String(), "kind=ok", place, "None is read as null")
}

func TestUnreadableDetailsFailTheCallWhereThatIsAskedFor(t *testing.T) {
	b := newBench(t, options{fail: true})
	text := b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": `{"A": {"type": "string", "data": "a"}, "B": `}))
	contains(t, text, "slack_details cannot be read: line 1, column")
	if n := b.slack.Count(); n != 0 {
		t.Errorf("%d messages, want none", n)
	}
}

func TestTrappedFailureIsAResult(t *testing.T) {
	b := newBench(t, options{trap: true})
	_, results := b.result(b.call(map[string]any{"slack_channel": "nowhere", "slack_details": details("x")}))
	if results["success"] != false {
		t.Errorf("success %v", results["success"])
	}
	contains(t, fmt.Sprint(results["reason"]), "channel_not_found")
}

func TestSkippedMessage(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: () => ({ skip: "low severity" }) };`}
	b := newBench(t, options{scripts: scripts})
	statuses, results := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x"), "slack_thread_id": "1524857620.000100"}))
	contains(t, statuses[0], "Nothing was posted", "low severity")
	if n := b.slack.Count(); n != 0 || results["ts"] != "1524857620.000100" {
		t.Errorf("%d messages, ts %v; want none, and the thread kept", n, results["ts"])
	}
}

func TestOrderInAChannelIsThatOfDelivery(t *testing.T) {
	// Rendering takes longer for some than for others.
	scripts := map[string]string{"default.js": `export default { format(m) {
		const n = Number(m.title);
		for (let i = 0; i < (n % 3) * 200; i++);
		return "n" + n;
	} };`}
	b := newBench(t, options{scripts: scripts})
	const n = 60
	var ids []string
	for i := range n {
		ids = append(ids, b.call(map[string]any{"slack_channel": []string{"general", "soc"}[i%2], "slack_details": details(fmt.Sprint(i))}))
	}
	for _, id := range ids {
		b.result(id)
	}
	for c, channel := range []string{"general", "soc"} {
		for i, m := range b.slack.Messages(channel) {
			if want := fmt.Sprintf("n%d", 2*i+c); m.Sent.Text != want {
				t.Fatalf("#%s: message %d is %s, want %s", channel, i, m.Sent.Text, want)
			}
		}
	}
}

func TestTooLongContinuesInTheThread(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": classic}})
	text := strings.Repeat("word ", 20_000)
	_, results := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details(text)}))
	messages := b.slack.Messages("general")
	if len(messages) < 2 {
		t.Fatalf("%d messages, want several", len(messages))
	}
	words := 0
	for i, m := range messages {
		words += strings.Count(m.Sent.Text, "word")
		if i > 0 && m.ThreadTS != results["ts"] {
			t.Errorf("part %d is not in the thread of the first", i)
		}
	}
	if words != 20_000 {
		t.Errorf("%d words arrived, want all 20000", words)
	}
}

func TestLostConnectionNeitherLosesNorRepeats(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": classic}})
	const n = 30
	var ids []string
	for i := range n {
		ids = append(ids, b.call(map[string]any{"slack_channel": "general", "slack_details": details(fmt.Sprint(i))}))
	}
	for range 5 {
		before := b.slack.Count()
		b.until("some posted", func() bool { return b.slack.Count() > before || b.slack.Count() == n })
		b.broker.CutConnections()
	}
	for _, id := range ids {
		b.result(id)
	}
	if got := b.slack.Count(); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
}

func TestEndFinishesWhatIsInWork(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": classic}})
	b.slack.Fail("chat.postMessage", slacktest.Fault{Delay: 200 * time.Millisecond})
	id := b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")})
	b.until("in work", func() bool { return b.slack.Calls("chat.postMessage") == 1 })
	b.end()
	b.result(id)
	if b.broker.Len(queue)+b.broker.Held(queue) != 0 || b.slack.Count() != 1 {
		t.Errorf("%d calls left, %d messages; want 0 and 1", b.broker.Len(queue), b.slack.Count())
	}
}

func TestAnswerThatWasLostIsGivenAfterARestart(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": classic}})
	b.broker.SetFaults(stomptest.Faults{StopReading: true})
	id := b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")})
	b.until("posted", func() bool { return b.slack.Count() == 1 })
	b.broker.CutConnections() // neither answer nor acknowledgement has arrived
	b.broker.SetFaults(stomptest.Faults{})
	b.end()
	b.start()
	b.result(id)
	if got := b.slack.Count(); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

func TestChannelOfAScriptThatSlackRefuses(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "nowhere" }) };`}
	inputs := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	t.Run("goes to the call's", func(t *testing.T) {
		b := newBench(t, options{scripts: scripts})
		statuses, results := b.result(b.call(inputs))
		contains(t, strings.Join(statuses, "; "), "default.js", "nowhere", "channel_not_found", "goes to general")
		if m := b.slack.Messages("general"); len(m) != 1 || m[0].TS != results["ts"] {
			t.Errorf("%d messages in #general, want the one", len(m))
		}
	})
	t.Run("fails where that is asked for", func(t *testing.T) {
		b := newBench(t, options{scripts: scripts, fail: true})
		contains(t, b.failure(b.call(inputs)), "channel_not_found")
	})
}

func TestBrokenDefaultIsSaid(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": "export default { format(m) { return "}})
	statuses, _ := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
	contains(t, statuses[0], "classic", "default.js:1:")
}

func TestRefusedPartDoesNotRepeatTheMessage(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "soc" }) };`}
	b := newBench(t, options{scripts: scripts})
	b.slack.Fail("chat.postMessage", slacktest.Fault{}, slacktest.Fault{Code: "restricted_action_non_threadable_channel"})
	text := b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": details(strings.Repeat("word ", 20_000))}))
	contains(t, text, "part 2")
	if soc, general := len(b.slack.Messages("soc")), len(b.slack.Messages("general")); soc != 1 || general != 0 {
		t.Errorf("%d messages in #soc and %d in #general, want 1 and 0", soc, general)
	}
}

func TestDeliveryTimeoutsOfAChannelDoNotAddUp(t *testing.T) {
	b := newBench(t, options{deliver: time.Second})
	b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "service_unavailable"}, r.Method == "chat.postMessage"
	})
	start := time.Now()
	var ids []string
	for range 6 {
		ids = append(ids, b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
	}
	for _, id := range ids {
		b.failure(id)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the last of 6 calls failed after %v, want about the timeout of 1s", took)
	}
}
