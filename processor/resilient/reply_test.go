package resilient

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestReplies(t *testing.T) {
	result, err := ResultReply("Message added to Slack", map[string]any{"ok": true, "text": "<@U1> & \u00fc"})
	if err != nil {
		t.Fatal(err)
	}
	empty, err := ResultReply("", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ got, want string }{
		{string(StatusReply("Message added to Slack")), `{"message_type":0,"message":"Message added to Slack","complete":false}`},
		{string(StatusReply("")), `{"message_type":0,"message":"(No status)","complete":false}`},
		{string(result), `{"message_type":0,"message":"Message added to Slack","complete":true,"results":{"ok":true,"text":"<@U1> & ü"}}`},
		{string(empty), `{"message_type":0,"message":"Completed","complete":true,"results":null}`},
		{string(ErrorReply("a\nb")), `{"message_type":1,"message":"a\nb","complete":true}`},
		{string(ErrorReply("")), `{"message_type":1,"message":"The function failed and gave no reason.","complete":true}`},
		{string(ErrorReply("x\xff")), `{"message_type":1,"message":"x\ufffd","complete":true}`},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

func TestRepliesAreBounded(t *testing.T) {
	for _, body := range [][]byte{StatusReply(strings.Repeat("ä", 1<<20)), ErrorReply("x" + strings.Repeat("ä", 1<<20))} {
		if len(body) > maxText+200 || !json.Valid(body) || !utf8.Valid(body) {
			t.Errorf("got %d bytes, valid JSON %v, valid UTF-8 %v", len(body), json.Valid(body), utf8.Valid(body))
		}
	}
	_, err := ResultReply("", strings.Repeat("x", maxReply))
	var tooLarge *TooLargeError
	if !errors.As(err, &tooLarge) || tooLarge.Size <= tooLarge.Limit {
		t.Errorf("got %v, want a *TooLargeError", err)
	}
	if _, err := ResultReply("", func() {}); err == nil || errors.As(err, &tooLarge) {
		t.Errorf("a func as results: got %v", err)
	}
}

func payload(t *testing.T) ResultPayload {
	return ResultPayload{
		Answer:  json.RawMessage(`{"ok":true,"channel":"C1","ts":"1.2","content":"theirs","inputs":"theirs","message":{"text":"a < b"}}`),
		Success: true,
		Inputs:  inputs(t, `{"slack_channel":"general","slack_parse":{"id":351,"name":"full"}}`),
		Metrics: Metrics{Package: "fn-slack", PackageVersion: "2.0.0", Host: "soc1", Execution: 1234567 * time.Microsecond,
			Timestamp: time.Date(2026, 11, 23, 17, 8, 14, 99, time.UTC)},
		Extra: map[string]any{"permalink": "https://x.slack.com/p1", "formatter": "default.js", "success": "shadowed"},
	}
}

func TestResultPayload(t *testing.T) {
	got, err := ResultReply("", payload(t))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"message_type":0,"message":"Completed","complete":true,"results":{` +
		`"version":"1.0","success":true,"reason":null,` +
		`"content":{"ok":true,"channel":"C1","ts":"1.2","content":"theirs","inputs":"theirs","message":{"text":"a < b"}},` +
		`"raw":"",` +
		`"inputs":{"slack_channel":"general","slack_parse":{"id":351,"name":"full"}},` +
		`"metrics":{"version":"1.0","package":"fn-slack","package_version":"2.0.0","host":"soc1","execution_time_ms":1234,"timestamp":"2026-11-23 17:08:14"},` +
		`"formatter":"default.js","permalink":"https://x.slack.com/p1",` +
		`"ok":true,"channel":"C1","ts":"1.2","message":{"text":"a < b"}}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestResultPayloadWithoutAnAnswer(t *testing.T) {
	js, err := json.Marshal(ResultPayload{Reason: "skipped by night.js"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"version":"1.0","success":false,"reason":"skipped by night.js","content":null,"raw":"","inputs":{},`; !strings.HasPrefix(string(js), want) {
		t.Errorf("got %s, want it to begin with %s", js, want)
	}
	if _, err := json.Marshal(ResultPayload{Answer: json.RawMessage(`[1]`)}); err == nil {
		t.Error("an answer that is a list: got no error")
	}
}

// A NUL ends a frame, and what has one goes to ActiveMQ's readers as bytes instead of
// text.
func TestNoReplyHoldsANUL(t *testing.T) {
	const text = "a\x00b"
	results, err := ResultReply(text, ResultPayload{
		Answer: json.RawMessage(`{"text":"a\u0000b"}`), Reason: text, Metrics: Metrics{Host: text}, Extra: map[string]any{"x": text},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, reply := range map[string][]byte{"status": StatusReply(text), "error": ErrorReply(text), "result": results} {
		if bytes.IndexByte(reply, 0) >= 0 || !bytes.Contains(reply, []byte(`a\u0000b`)) {
			t.Errorf("%s: %q", name, reply)
		}
	}
	raw := ResultPayload{Answer: json.RawMessage("{\"text\":\"a\x00b\"}")}
	if reply, err := ResultReply("", raw); err == nil {
		t.Errorf("an answer with a NUL in it: %q", reply)
	}
}
