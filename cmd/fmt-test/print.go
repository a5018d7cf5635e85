package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/render"
)

// author is shown where a message names none, as Slack shows the app's name.
const author = "fn-slack"

// print shows the messages as Slack would, and then the facts.
func (p *program) print(set settings, s shot) error {
	o := preview.Options{Author: author, Time: set.now, Location: set.Location}
	o.Width, o.Color = p.terminal()
	for i, m := range s.rendered.Messages {
		if i > 0 {
			fmt.Fprintln(p.stdout, "\n--- continued in the thread ---")
		}
		if err := preview.Terminal(p.stdout, m, o); err != nil {
			return err
		}
	}
	if s.rendered.Skip != "" {
		fmt.Fprintln(p.stdout, "nothing is posted:", preview.Printable(s.rendered.Skip))
	}
	line := preview.PrintableLine(factsOf(s).String())
	if o.Color {
		line = "\x1b[2m" + line + "\x1b[0m"
	}
	_, err := fmt.Fprintf(p.stdout, "\n%s\n", line)
	return err
}

// terminal is the width of the terminal, and whether it shows colours.
func (p *program) terminal() (width int, color bool) {
	width = 80
	file, ok := p.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return width, false
	}
	if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
		width = w
	}
	noColor, _ := p.getenv("NO_COLOR")
	kind, _ := p.getenv("TERM")
	return width, noColor == "" && kind != "dumb"
}

// facts are the numbers of one render.
type facts struct {
	Script     string  `json:"script"`
	Messages   int     `json:"messages"`
	Blocks     int     `json:"blocks"`
	Characters int     `json:"characters"` // of the message that is nearest to the limit
	Limit      int     `json:"limit"`
	Millis     float64 `json:"millis"`
}

func factsOf(s shot) facts {
	f := facts{Script: s.rendered.Script, Messages: len(s.rendered.Messages), Millis: float64(s.took.Round(100*time.Microsecond)) / 1e6}
	for _, m := range s.rendered.Messages {
		f.Blocks += len(blockkit.AllBlocks(m))
		used, limit := blockkit.Budget(m)
		if f.Limit == 0 || float64(used)/float64(limit) > float64(f.Characters)/float64(f.Limit) {
			f.Characters, f.Limit = used, limit
		}
	}
	return f
}

func (f facts) String() string {
	parts := []string{f.Script}
	if f.Messages > 1 {
		parts = append(parts, fmt.Sprintf("%d messages", f.Messages))
	}
	if f.Messages > 0 {
		parts = append(parts, count(f.Blocks, "block"), fmt.Sprintf("%d of %d characters", f.Characters, f.Limit))
	}
	return strings.Join(append(parts, fmt.Sprintf("%.1f ms", f.Millis)), " · ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// printRemarks prints what there is to say about a message to stderr.
func (p *program) printRemarks(r render.Rendered) {
	for _, note := range r.Notes {
		fmt.Fprintln(p.stderr, "warning:", preview.Printable(note))
	}
	for _, line := range r.Console {
		fmt.Fprintf(p.stderr, "console.%s: %s\n", method(line.Level), preview.Printable(line.Text))
	}
}

// method is the method of console that writes lines of a level.
func method(level string) string {
	if level == "info" {
		return "log"
	}
	return level
}

// printJSON prints what chat.postMessage would get.
func printJSON(w io.Writer, r render.Rendered) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	for _, m := range r.Messages {
		if err := enc.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

// printBuilder prints an address of the Block Kit Builder for each message. The
// blocks stand behind the #, which a browser keeps for itself.
func printBuilder(w io.Writer, r render.Rendered) error {
	for _, m := range r.Messages {
		blocks := blockkit.AllBlocks(m)
		if len(blocks) == 0 {
			return errors.New("the message has no blocks that the Block Kit Builder could show")
		}
		js, err := json.Marshal(map[string][]json.RawMessage{"blocks": blocks})
		if err != nil {
			return err
		}
		fmt.Fprintln(w, "https://app.slack.com/block-kit-builder/#"+strings.ReplaceAll(url.QueryEscape(string(js)), "+", "%20"))
	}
	return nil
}

// printError prints one line that says it all, then the detail.
func printError(w io.Writer, err error) {
	title, detail := explain(err)
	if !errors.As(err, new(*engine.ScriptError)) { // that begins with the position, which terminals make a link
		title = "fmt-test: " + title
	}
	fmt.Fprintln(w, preview.Printable(title))
	if detail != "" {
		fmt.Fprintln(w, preview.Printable(detail))
	}
}

// explain is an error as one line, and the lines below it.
func explain(err error) (title, detail string) {
	var script *engine.ScriptError
	var invalid *render.InvalidError
	var differs *differsError
	var unread *details.Error
	switch {
	case errors.As(err, &script):
		title, detail, _ = strings.Cut(script.Detail(), "\n")
		return title, detail
	case errors.As(err, &invalid):
		var lines []string
		for _, v := range invalid.Violations {
			lines = append(lines, fmt.Sprintf("  %s: %s (%s)", v.Pointer, v.Message, v.Constraint))
		}
		detail = strings.Join(lines, "\n")
	case errors.As(err, &unread):
		detail = unread.Excerpt
	case errors.As(err, &differs):
		detail = strings.TrimSuffix(differs.diff, "\n")
	}
	return err.Error(), detail
}
