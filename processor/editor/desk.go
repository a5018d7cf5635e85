package editor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// Author is shown where a message names none, as Slack shows the app's name.
const Author = "fn-slack"

// Desk renders samples with the scripts of one folder, as the service does.
type Desk struct {
	Dir      string
	Renderer *render.Renderer
	Now      time.Time // what the clock shows
	Location *time.Location
	// Override changes a sample before it is rendered; nil changes nothing.
	Override func(*sample.Sample) error
	// Read is the folder as somebody has just read it, or nil; nil reads it anew.
	Read func() *engine.Snapshot
}

// NoScriptError says that a file is not a script by its name.
type NoScriptError struct{ Name string }

func (e *NoScriptError) Error() string {
	return e.Name + " is not a formatter script: want a .js, .mjs or .ts file whose name does not start with . _ or #"
}

// Problem is why the folder as a whole cannot be used.
func (d *Desk) Problem() error {
	if err := d.scripts().Problem(); err != nil {
		return fmt.Errorf("%s: %w", d.Dir, err)
	}
	return nil
}

func (d *Desk) scripts() *engine.Set { return d.Renderer.Engine().Scripts() }

// Script is the usable script of that file name, or why there is none: a
// *engine.ScriptError, a *NoScriptError, or the problem of the folder.
func (d *Desk) Script(name string) (*engine.Script, error) {
	scripts := d.scripts()
	if err := scripts.Err(name); err != nil {
		return scripts.Script(name), err
	}
	if s := scripts.Script(name); s != nil {
		return s, nil
	}
	if err := d.Problem(); err != nil {
		return nil, err
	}
	return nil, &NoScriptError{name}
}

// Checker finds the samples of scripts, as they lie in the folder now.
func (d *Desk) Checker(ctx context.Context) (sample.Checker, error) {
	var folder *engine.Snapshot
	var err error
	if d.Read != nil {
		folder = d.Read()
	}
	if folder == nil {
		folder, err = engine.ReadFolder(ctx, d.Dir, 0)
	}
	return sample.Checker{Renderer: d.Renderer, Folder: folder, Dir: d.Dir}, err
}

// Shot is one sample rendered.
type Shot struct {
	Sample   sample.Sample
	Rendered render.Rendered
	Took     time.Duration
}

// Render renders a sample with the named script, or, with "", with the script
// that the service would choose. A layout that failed is an error: the classic
// message in its place would hide it.
func (d *Desk) Render(ctx context.Context, script string, in sample.Sample) (Shot, error) {
	s := Shot{Sample: in}
	if d.Override != nil {
		if err := d.Override(&s.Sample); err != nil {
			return s, err
		}
	}
	q := render.Request{ID: in.Name, Time: d.Now}
	if script != "" {
		var err error
		if q.Script, err = d.Script(script); err != nil {
			return s, err
		}
		q.Asked = true
	} else if err := d.Problem(); err != nil {
		return s, err
	}
	start := time.Now()
	var err error
	s.Rendered, err = s.Sample.Render(ctx, d.Renderer, q)
	s.Took = time.Since(start)
	if err == nil {
		err = s.Rendered.Failed
	}
	used := q.Script
	if used == nil {
		used = d.scripts().Script(s.Rendered.Script)
	}
	if used != nil && !errors.As(err, new(*engine.ScriptError)) { // that has the hint of its line
		s.Rendered.Notes = append(s.Rendered.Notes, render.Hints(used)...)
	}
	if err != nil {
		return s, fmt.Errorf("sample %s: %w", in.Name, err)
	}
	if used != nil && len(s.Rendered.Messages) > 0 {
		for _, odd := range render.Oddities(s.Sample.Call, s.Rendered.Messages[0]) {
			s.Rendered.Notes = append(s.Rendered.Notes, used.File+": "+odd)
		}
	}
	return s, nil
}

// JSON is what chat.postMessage would get, one object a message; of a comment its
// channel and its text, of an archive the lines.
func (s Shot) JSON() (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if s.Rendered.Archive != nil {
		js, err := sample.Expectation(s.Rendered)
		return string(js), err
	}
	for _, m := range s.Rendered.Messages {
		if err := enc.Encode(m); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// Facts are the numbers of one render.
type Facts struct {
	Script     string  `json:"script"`
	Messages   int     `json:"messages"`
	Blocks     int     `json:"blocks"`
	Characters int     `json:"characters"` // of the message that is nearest to the limit
	Limit      int     `json:"limit"`
	Lines      int     `json:"lines"` // of an archive's text
	Millis     float64 `json:"millis"`
}

// Facts are those of the shot.
func (s Shot) Facts() Facts {
	f := Facts{Script: s.Rendered.Script, Messages: len(s.Rendered.Messages), Lines: len(s.Rendered.Archive), Millis: float64(s.Took.Round(100*time.Microsecond)) / 1e6}
	for _, m := range s.Rendered.Messages {
		f.Blocks += len(blockkit.AllBlocks(m))
		used, limit := blockkit.Budget(m)
		if s.Sample.Upload() != nil {
			limit = render.MaxComment
		}
		if f.Limit == 0 || float64(used)/float64(limit) > float64(f.Characters)/float64(f.Limit) {
			f.Characters, f.Limit = used, limit
		}
	}
	return f
}

// Explain is an error as one line, and the lines below it.
func Explain(err error) (title, detail string) {
	var script *engine.ScriptError
	var invalid *render.InvalidError
	var differs *DiffersError
	var unread *details.Error
	if errors.As(err, &invalid) {
		err = invalid.ScriptError()
	}
	switch {
	case errors.As(err, &script):
		title, detail, _ = strings.Cut(script.Detail(), "\n")
		return title, detail
	case errors.As(err, &unread):
		detail = unread.Excerpt
	case errors.As(err, &differs):
		detail = strings.TrimSuffix(differs.Diff, "\n")
	}
	return err.Error(), detail
}

// Method is the method of console that writes lines of a level.
func Method(level string) string {
	if level == "info" {
		return "log"
	}
	return level
}
