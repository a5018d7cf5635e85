package render

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/engine"
)

// Sample is an input that a script must be able to render.
type Sample struct {
	Name    string          `json:"name"`
	Details json.RawMessage `json:"details"` // slack_details as an object or as text; missing with slack_text and messages
	Inputs  json.RawMessage `json:"inputs"`  // more inputs of the call, slack_text among them; may be missing
	Want    json.RawMessage `json:"want"`    // the message, or a part of it; may be missing

	Previous json.RawMessage `json:"previous"` // slack_details of before, for a message that is shown anew; may be missing
	File     json.RawMessage `json:"file"`     // name and size of what a comment goes with; may be missing
	Messages json.RawMessage `json:"messages"` // of a channel that is archived; then there are no details
	Names    json.RawMessage `json:"names"`    // of people and channels in them, by id; may be missing
}

// Description is what a script says of itself.
type Description struct {
	Match   bool     `json:"match"`   // whether it has a match
	Archive bool     `json:"archive"` // whether it lays out the messages of archives
	Types   []string `json:"types"`   // that it can show
	Fields  []string `json:"fields"`  // labels to which it gives another type
	As      []string `json:"as"`      // those types
	Named   []string `json:"named"`   // labels for which it has other words
	Samples []Sample `json:"samples"`

	// Labels are the other words for labels, nil for those that are left out, of a
	// script that has nothing else: all that it does is known, and it is not run
	// for a message. Nil is every other script.
	Labels map[string]*string `json:"labels"`
}

// Describe asks a script for its members. An error is a *engine.ScriptError.
func (r *Renderer) Describe(ctx context.Context, s *engine.Script) (Description, error) {
	// Samples do not depend on a call: any fixed moment serves.
	result, err := r.cfg.Engine.Render(ctx, engine.Request{
		Scripts: []*engine.Script{s},
		Input:   json.RawMessage(`{"describe":true,"chosen":true}`),
		Time:    time.Unix(0, 0),
	})
	if err != nil {
		return Description{}, err
	}
	if len(result.Passed) > 0 { // it failed at the top level, or is set aside
		return Description{}, result.Passed[0]
	}
	var d Description
	if err := json.Unmarshal(result.Output, &d); err != nil {
		return Description{}, &engine.ScriptError{Kind: engine.KindOutput, Script: s.Name, File: s.File, Message: fmt.Sprintf("samples: %v", err)}
	}
	if result.Varies || len(result.Console) > 0 {
		d.Labels = nil // another message may find other words, or is to write to the console
	}
	return d, nil
}

// folder is what is known of the scripts of one state of the scripts folder.
// It never changes.
type folder struct {
	set      *engine.Set
	known    map[*engine.Script]Description
	complete bool             // all are known
	unasked  []*engine.Script // may take a call that names none, in this order
}

// unasked are the scripts with a match by file name, and then the default one.
func (r *Renderer) unasked(ctx context.Context) []*engine.Script {
	return r.described(ctx).unasked
}

func (r *Renderer) description(ctx context.Context, s *engine.Script) (Description, error) {
	if d, ok := r.described(ctx).known[s]; ok {
		return d, nil
	}
	return r.Describe(ctx, s)
}

// described asks the scripts that have come or changed since the last message.
// One that cannot be described is asked again with the next.
func (r *Renderer) described(ctx context.Context) *folder {
	before, set := r.folder.Load(), r.cfg.Engine.Scripts()
	if before != nil && before.set == set && before.complete {
		return before
	}
	now := &folder{set: set, known: map[*engine.Script]Description{}, complete: true}
	for _, name := range set.Names() {
		s := set.Script(name)
		d, ok := Description{}, false
		if before != nil {
			d, ok = before.known[s]
		}
		if !ok {
			var err error
			d, err = r.Describe(ctx, s)
			ok = err == nil
		}
		if ok {
			now.known[s] = d
		}
		now.complete = now.complete && ok
		// One that is not known is left in: trying it says why.
		if s != set.Script(defaultScript) && (d.Match || !ok) {
			now.unasked = append(now.unasked, s)
		}
	}
	if s := set.Script(defaultScript); s != nil {
		now.unasked = append(now.unasked, s)
	}
	r.folder.Store(now)
	return now
}
