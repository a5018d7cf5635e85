package attachment

import (
	"context"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/render"
)

// comment renders slack_text as what stands above the file, "" for nothing. Whatever
// becomes of it, the file is what was asked for: a script can leave out the comment, and
// not the file.
func (f *Function) comment(ctx context.Context, t *processor.Task, reply *processor.Reply) (string, error) {
	begun := time.Now()
	rendered, err := f.cfg.Renderer.Render(ctx, render.Request{Call: t.Call, ID: t.ID, Time: t.Sent})
	reply.Rendering = time.Since(begun)
	if err != nil {
		return "", err
	}
	rendered.Log(ctx, f.cfg.Log, t.ID)
	reply.Script, reply.Layout, reply.Notes = rendered.Script, rendered.Failed, rendered.Notes
	told := "The comment was rendered by " + rendered.Script
	switch {
	case rendered.Script == render.Classic && rendered.Skip != "" && len(rendered.Notes) == 0: // there is nothing to say
		return "", nil
	case rendered.Skip != "":
		told = "The file goes without a comment: " + rendered.Script + " says: " + rendered.Skip
	case rendered.Failed != nil:
		told = "The comment was rendered in the classic layout, because " + processor.Sentence(rendered.Failed)
	}
	t.Status(ctx, strings.Join(append([]string{told}, rendered.Notes...), "; "))
	if rendered.Skip != "" {
		return "", nil
	}
	return rendered.Messages[0].Text, nil
}
