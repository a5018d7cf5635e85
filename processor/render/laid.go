package render

import (
	"context"
	"fmt"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// laid is what a script made of a call.
type laid struct {
	message blockkit.Message
	reply   *blockkit.Message // for the thread of a message that is shown anew, nil for none
	made    []string          // what the helpers made for both
}

// laidOut is the message of the first of the scripts that takes the call, or
// out.Skip. A last one that has only labels takes it without being run.
func (r *Renderer) laidOut(ctx context.Context, req Request, in inputs, fields []formatters.Field, scripts []*engine.Script, chosen bool, trees *blockkit.Trees, out *Rendered) (script *engine.Script, l laid, err error) {
	labels, last := map[string]*string(nil), len(scripts)-1
	if last >= 0 && req.Script == nil { // one that is tried before it goes live is run
		labels = r.described(ctx).known[scripts[last]].Labels
	}
	run := scripts
	if labels != nil {
		run = scripts[:last]
	}
	var made engine.Result
	if len(run) > 0 {
		if made, err = r.run(ctx, req, in, fields, run, labels != nil, chosen, out); err != nil {
			return nil, l, err
		}
		script = made.Script
	}
	if script == nil && labels != nil {
		script = scripts[last]
	}
	if script == nil {
		return nil, l, nil
	}
	out.Script = script.Name
	if req.Script == nil {
		if err := r.cfg.Engine.Scripts().Err(out.Script); err != nil {
			out.Notes = append(out.Notes, fmt.Sprintf("it is %s, this is its last good version: %v", engine.StateStale, err))
		}
	}
	if made.Script != nil {
		l, err = r.read(made, in, fields, trees, out)
	} else {
		l.message = in.layout.Lay(in.base, relabelled(fields, labels), nil)
		if l.message.Attachments == nil {
			err = checkText(l.message.Text)
		}
		if err == nil && in.base.ThreadTS == "" {
			out.Card.show(values(fields, labels, nil), in.was)
			l.reply = replyTo(in, told(out.Card.Changes, names(fields, labels, nil)))
		}
	}
	if err != nil {
		return nil, l, &engine.ScriptError{Kind: engine.KindOutput, Script: out.Script, File: script.File, Message: err.Error()}
	}
	return script, l, nil
}

// read takes apart what a script that was run has returned.
func (r *Renderer) read(made engine.Result, in inputs, fields []formatters.Field, trees *blockkit.Trees, out *Rendered) (l laid, err error) {
	noted := readNoted(made.Aside)
	output, half := whole(made.Output, fields)
	if half != "" {
		out.Notes = append(out.Notes, half)
	}
	m, result, derived, err := readResult(output, in.base, trees)
	out.Skip = result.Skip
	if in.layout.Beside && err == nil && out.Skip == "" {
		var note string
		if m, derived, note, err = asComment(m, output, in, trees); note != "" {
			out.Notes = append(out.Notes, note)
		}
	}
	// A script may fall back on message.text, which is the classic layout.
	if len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		m = in.layout.LayOwn(m, fields)
	}
	l = laid{message: m, made: append(noted.made, derived...)}
	if err != nil || in.base.ThreadTS != "" {
		return l, err
	}
	out.Card.show(values(fields, nil, noted.shows), in.was)
	if in.update {
		l.reply, derived, err = readReply(result, in, told(out.Card.Changes, names(fields, nil, noted.shows)), trees)
		l.made = append(l.made, derived...)
	}
	return l, err
}
