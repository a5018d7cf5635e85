package message

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// answer makes the results of a message that is in Slack, and gives the link to it.
func (f *Function) answer(ctx context.Context, reply *processor.Reply, posted slackapi.Posted) (link string) {
	link, err := f.cfg.Poster.Permalink(ctx, posted)
	if err != nil {
		f.cfg.Log.DebugContext(ctx, "no permalink", "error", err)
	}
	results(reply, posted.Response, link, posted.Headers)
	return link
}

// skip makes the results of a call that a script wants no message for. ts is the
// thread that the call named, because workflows store results.ts as the thread of what
// follows.
func skip(reply *processor.Reply, call resilient.Call, why string) {
	thread, _ := call.Inputs.Text("slack_thread_id") // it could be read: the call was rendered
	unasked(reply, thread, map[string]any{"skipped": why})
}

// unasked makes the results of a call for which Slack was not asked; they stand in for
// its answer. ts is the message or the thread that the call named, "" for none.
func unasked(reply *processor.Reply, ts string, more map[string]any) {
	answer := map[string]any{"ok": true, "ts": nil, "channel": reply.Channel}
	maps.Copy(answer, more)
	if ts != "" {
		answer["ts"] = ts
	}
	js, err := json.Marshal(answer)
	if err != nil {
		panic(err) // strings and a boolean
	}
	results(reply, js, "", nil)
}

// inPlace stands in for Slack's answer about a message for which Slack was not asked.
func inPlace(m slackapi.Posted) json.RawMessage {
	js, _ := json.Marshal(struct { // texts and a boolean
		OK      bool   `json:"ok"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}{true, m.Channel, m.TS})
	return js
}

func results(reply *processor.Reply, answer json.RawMessage, link string, headers map[string]string) {
	reply.Answer = answer
	reply.Extra = map[string]any{"formatter": reply.Script, "permalink": nil, "headers": headers}
	if link != "" {
		reply.Extra["permalink"] = link
	}
}

// renderedBy is the first status of a call.
func renderedBy(r render.Rendered) string {
	parts := []string{"Rendered by " + r.Script}
	if r.Failed != nil {
		parts = []string{"Rendered in the classic layout, because " + processor.Sentence(r.Failed)}
	}
	return strings.Join(append(parts, r.Notes...), "; ")
}
