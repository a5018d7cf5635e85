package message_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestMain(m *testing.M) { calltest.Main(m) }

const classic = `export default { format: (message) => message.text };`

func TestMessageThenReplyInItsThread(t *testing.T) {
	for _, server := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(server, func(t *testing.T) {
			b := calltest.New(t, calltest.Options{Server: server, Scripts: map[string]string{"default.js": classic}})
			statuses, first := b.Result(b.Call(map[string]any{
				"slack_channel": "general", "slack_details": calltest.Details("DoS"), "slack_thread_id": nil,
				"slack_reply_broadcast": map[string]any{"id": 302, "name": "false"},
				"slack_parse":           map[string]any{"id": 351, "name": "full"},
				"slack_as_user":         map[string]any{"id": 361, "name": "false"},
				"slack_markdwn":         map[string]any{"id": 356, "name": "true"},
			}))
			if want := "Rendered by default.js. Message added to Slack"; strings.Join(statuses, "|") != want {
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
			calltest.Contains(t, fmt.Sprint(first["permalink"]), "/archives/", strings.ReplaceAll(fmt.Sprint(first["ts"]), ".", ""))

			_, second := b.Result(b.Call(map[string]any{
				"slack_channel": "general", "slack_details": calltest.Details("a note"),
				"slack_thread_id": first["ts"], "slack_user_id": "Anna", "slack_reply_broadcast": true,
			}))
			messages := b.Slack.Messages("general")
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

func TestWrongInputsAreNamed(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	with := func(name string, value any) string {
		inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
		inputs[name] = value
		return calltest.Body(t, render.Function, inputs)
	}
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"no inputs":          {`{"function": {"name": "slack_post_message"}}`, []string{"slack_channel", "slack_details", "required"}},
		"null inputs":        {`{"function": {"name": "slack_post_message"}, "inputs": null}`, []string{"slack_channel"}},
		"no channel":         {with("slack_channel", ""), []string{"slack_channel", "required"}},
		"no details":         {with("slack_details", nil), []string{"slack_details", "required"}},
		"no fields":          {with("slack_details", `{}`), []string{"slack_details"}},
		"impossible parse":   {with("slack_parse", "half"), []string{"slack_parse", "half", "none or full"}},
		"impossible boolean": {with("slack_link_names", "maybe"), []string{"slack_link_names", "maybe"}},
		"unknown channel":    {with("slack_channel", "nowhere"), []string{"channel_not_found", "nowhere"}},
	} {
		t.Run(name, func(t *testing.T) { calltest.Contains(t, b.Failure(b.Send(c.body)), c.want...) })
	}
}

// A slip in the name of an input leaves it unread; the Action Status says so.
// Other names are inputs for scripts.
func TestMisspeltInputsAreNamed(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	calltest.Contains(t, b.Failure(b.Call(map[string]any{"slack_chanel": "general", "slack_details": calltest.Details("x")})),
		"slack_channel", `nobody reads input "slack_chanel", is slack_channel meant?`)
	statuses, _ := b.Result(b.Call(map[string]any{
		"slack_channel": "general", "slack_details": calltest.Details("x"), "slack_thraed_id": "1", "Slack_Parse": "none", "slack_severity": "high", "site": "GR",
	}))
	calltest.Contains(t, statuses[0], `"slack_thraed_id", is slack_thread_id meant?`, `"Slack_Parse", is slack_parse meant?`)
	if strings.Contains(statuses[0], "severity") || strings.Contains(statuses[0], "site") {
		t.Errorf("an input for scripts is called a mistake: %s", statuses[0])
	}
}

func TestRefusedTokenIsAnswered(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Code: "invalid_auth"})
	calltest.Contains(t, b.Failure(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})), "invalid_auth", "api_token")
	b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
}

func TestBrokenScriptDoesNotLoseTheMessage(t *testing.T) {
	scripts := map[string]string{"default.js": "export default {\n  format(m) { return m.field('nope').text; },\n};"}
	b := calltest.New(t, calltest.Options{Scripts: scripts})
	statuses, results := b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	if results["formatter"] != "classic" {
		t.Errorf("formatter %v", results["formatter"])
	}
	if len(b.Slack.Messages("general")) != 1 || b.Slack.Messages("general")[0].Sent.Text != "Name: x" {
		t.Errorf("messages %+v", b.Slack.Messages("general"))
	}
	calltest.Contains(t, statuses[0], "classic", "default.js:2:", "TypeError")
}

func TestBrokenScriptFailsTheCallWhereThatIsAskedFor(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: () => ({ txt: "x" }) };`}
	b := calltest.New(t, calltest.Options{Scripts: scripts, Fail: true})
	calltest.Contains(t, b.Failure(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})), "default.js", `"txt"`)
	if n := b.Slack.Count(); n != 0 {
		t.Errorf("%d messages, want none", n)
	}
}

func TestUnreadableDetailsDoNotLoseTheMessage(t *testing.T) {
	var log bytes.Buffer
	b := calltest.New(t, calltest.Options{Log: &log, Scripts: map[string]string{"default.js": `export default { format: () => ({ skip: "no title" }) };`}})
	const details = `{"A": {"type": "datetime", "data": None}, "B": {"type": "string", "data": "b"}, "C": {"data": "say "hi""}}`
	statuses, results := b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": details}))
	messages := b.Slack.Messages("general")
	if results["formatter"] != "classic" || len(messages) != 1 {
		t.Fatalf("formatter %v, messages %+v", results["formatter"], messages)
	}
	const place = "slack_details cannot be read: line 1, column 101"
	calltest.Contains(t, messages[0].Sent.Text, place, "\nB: b\nThe rest as it stands:\n```\n\"C\"")
	calltest.Contains(t, statuses[0], place, "None is read as null")
	b.End()
	calltest.Contains(t, log.String(), "kind=ok", place, "None is read as null")
}

func TestUnreadableDetailsFailTheCallWhereThatIsAskedFor(t *testing.T) {
	b := calltest.New(t, calltest.Options{Fail: true})
	text := b.Failure(b.Call(map[string]any{"slack_channel": "general", "slack_details": `{"A": {"type": "string", "data": "a"}, "B": `}))
	calltest.Contains(t, text, "slack_details cannot be read: line 1, column")
	if n := b.Slack.Count(); n != 0 {
		t.Errorf("%d messages, want none", n)
	}
}

func TestSkippedMessage(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: () => ({ skip: "low severity" }) };`}
	b := calltest.New(t, calltest.Options{Scripts: scripts})
	statuses, results := b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x"), "slack_thread_id": "1524857620.000100"}))
	calltest.Contains(t, statuses[0], "Nothing was posted", "low severity")
	if n := b.Slack.Count(); n != 0 || results["ts"] != "1524857620.000100" {
		t.Errorf("%d messages, ts %v; want none, and the thread kept", n, results["ts"])
	}
}

func TestChannelOfAScriptThatSlackRefuses(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "nowhere" }) };`}
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	t.Run("goes to the call's", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Scripts: scripts})
		statuses, results := b.Result(b.Call(inputs))
		calltest.Contains(t, strings.Join(statuses, "; "), "default.js", "nowhere", "channel_not_found", "goes to general")
		if m := b.Slack.Messages("general"); len(m) != 1 || m[0].TS != results["ts"] {
			t.Errorf("%d messages in #general, want the one", len(m))
		}
	})
	t.Run("fails where that is asked for", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Scripts: scripts, Fail: true})
		calltest.Contains(t, b.Failure(b.Call(inputs)), "channel_not_found")
	})
}

func TestBlocksThatSlackRefuses(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ blocks: [slack.header(m.title), slack.lines(m.fields)] }) };`}
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	unknown := slacktest.Fault{Code: "invalid_blocks", Reason: "[ERROR] a new rule [json-pointer:/blocks/1]"}
	t.Run("go out in the classic layout", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Scripts: scripts})
		b.Slack.Fail("chat.postMessage", unknown)
		statuses, results := b.Result(b.Call(inputs))
		calltest.Contains(t, strings.Join(statuses, "; "), "default.js", "invalid_blocks", "/blocks/1", "classic layout")
		if m := b.Slack.Messages("general"); len(m) != 1 || m[0].TS != results["ts"] || m[0].Sent.Text != "Name: x" || m[0].Sent.Blocks != nil {
			t.Errorf("got %+v, want the classic text", m)
		}
	})
	t.Run("fail where that is asked for", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Scripts: scripts, Fail: true})
		b.Slack.Fail("chat.postMessage", unknown)
		calltest.Contains(t, b.Failure(b.Call(inputs)), "invalid_blocks", "/blocks/1")
	})
}

func TestBrokenDefaultIsSaid(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": "export default { format(m) { return "}})
	statuses, _ := b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	calltest.Contains(t, statuses[0], "classic", "default.js:1:")
}

func TestDeliveryTimeoutsOfAChannelDoNotAddUp(t *testing.T) {
	b := calltest.New(t, calltest.Options{Deliver: time.Second})
	b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "service_unavailable"}, r.Method == "chat.postMessage"
	})
	start := time.Now()
	var ids []string
	for range 6 {
		ids = append(ids, b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	}
	for _, id := range ids {
		b.Failure(id)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the last of 6 calls failed after %v, want about the timeout of 1s", took)
	}
}
