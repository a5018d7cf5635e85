package render

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// ArchiveFunction is the API name of the function that archives a channel.
const ArchiveFunction = "slack_archive_channel"

// Line is a message of a channel's archive as scripts see it: plain text.
type Line struct {
	Number  int        `json:"number"` // from 1; replies count in their thread
	IsReply bool       `json:"isReply"`
	Replies int        `json:"replies"` // that follow
	User    string     `json:"user"`
	Time    string     `json:"time"`
	Text    string     `json:"text"`
	Edited  string     `json:"edited"` // by whom and when, "" for nobody
	Files   []LineFile `json:"files"`
	Classic string     `json:"classic"` // in the built-in layout
}

// LineFile is a file of a message.
type LineFile struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Archived is what a script has made of some messages of an archive.
type Archived struct {
	Script  string        // its file name; "" where none lays out archives
	Blocks  []*string     // of each message; nil is the built-in layout
	Failed  error         // why the built-in layout stands in for the script's
	Notes   []string      // scripts that were passed over
	Console []engine.Line // what the scripts wrote to the console
}

// Archive has a script lay out some messages of an archive: of those with a function
// archive, the one that the call names or the first that takes it. An error is ctx's
// or, with Config.Fail, the script's, which knows its kind.
func (r *Renderer) Archive(ctx context.Context, req Request, lines []Line) (out Archived, err error) {
	blocks, err := r.archive(ctx, req, lines, &out)
	if err == nil || ctx.Err() != nil {
		out.Blocks = blocks
		return out, ctx.Err()
	}
	if r.cfg.Fail {
		return out, withKind(err)
	}
	out.Failed = err
	return out, nil
}

func (r *Renderer) archive(ctx context.Context, req Request, lines []Line, out *Archived) ([]*string, error) {
	name, err := req.Call.Inputs.Text(inputFormatter)
	if err != nil {
		return nil, err
	}
	var rendered Rendered
	scripts, chosen, err := r.candidates(ctx, req, name, &rendered)
	scripts = slices.DeleteFunc(slices.Clone(scripts), func(s *engine.Script) bool {
		d, err := r.description(ctx, s)
		return err == nil && !d.Archive // one that is not known is left in: trying it says why
	})
	if err != nil || len(scripts) == 0 {
		return nil, err
	}
	input := fmt.Appendf(nil, `{"archive":true,"chosen":%t,"tried":%t,"mrkdwn":false,"isReply":false,"incident":null,"title":""}`, chosen, req.Asked)
	lines = slices.Clone(lines)
	for i := range lines { // a script goes through them
		lines[i].Files = append([]LineFile{}, lines[i].Files...)
	}
	list, err := json.Marshal(lines)
	if err != nil {
		return nil, err
	}
	result, err := r.cfg.Engine.Render(ctx, engine.Request{
		Scripts: scripts, More: true, Input: input, Time: req.Time, Seed: req.ID,
		Texts: []string{"", string(appendCall(nil, req.Call)), string(list), r.settings[false]},
	})
	out.Console = result.Console
	for _, passed := range result.Passed {
		if chosen || IsDefault(passed.Script) {
			return nil, passed
		}
		out.Notes = append(out.Notes, passed.Error()+" (the script was passed over)")
	}
	out.Notes = append(rendered.Notes, out.Notes...)
	if err != nil || result.Script == nil {
		return nil, err
	}
	out.Script = result.Script.Name
	var blocks []*string
	if err := json.Unmarshal(result.Output, &blocks); err != nil || len(blocks) != len(lines) {
		return nil, &engine.ScriptError{Kind: engine.KindOutput, Script: out.Script, File: result.Script.File, Message: "archive has returned something else than texts"}
	}
	for _, block := range blocks {
		if block != nil {
			*block = mrkdwn.Clean(*block)
		}
	}
	return blocks, nil
}
