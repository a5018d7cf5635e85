package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/render"
)

// print shows the messages as Slack would, and then the facts.
func (p *program) print(d *editor.Desk, s editor.Shot) error {
	o := preview.Options{Author: editor.Author, Time: d.Now, Location: d.Location}
	o.Width, o.Color = p.terminal()
	shown := s.Shown()
	if s.Rendered.Archive != nil { // it is no message, and its lines are not wrapped
		fmt.Fprintln(p.stdout, preview.Printable(strings.Join(s.Rendered.Archive, "\n")))
		shown = nil
	}
	told := len(shown) - len(s.Rendered.Card.Reply)
	for i, m := range shown {
		switch {
		case i == 0:
		case i == told:
			fmt.Fprintln(p.stdout, "\n--- told in the thread ---")
		default:
			fmt.Fprintln(p.stdout, "\n--- continued in the thread ---")
		}
		if err := preview.Terminal(p.stdout, m, o); err != nil {
			return err
		}
	}
	if why := s.Unposted(); why != "" {
		fmt.Fprintln(p.stdout, preview.Printable(why))
	}
	line := preview.PrintableLine(factsLine(s.Facts()))
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

// factsLine is the numbers of a render in one line.
func factsLine(f editor.Facts) string {
	parts := []string{f.Script}
	if f.Messages > 1 {
		parts = append(parts, fmt.Sprintf("%d messages", f.Messages))
	}
	if f.Messages > 0 {
		parts = append(parts, count(f.Blocks, "block"), fmt.Sprintf("%d of %d characters", f.Characters, f.Limit))
	}
	if f.Lines > 0 {
		parts = append(parts, count(f.Lines, "line"))
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
	p.printHints(r.Notes)
	for _, line := range r.Console {
		fmt.Fprintf(p.stderr, "console.%s: %s\n", editor.Method(line.Level), preview.Printable(line.Text))
	}
}

func (p *program) printHints(hints []string) {
	for _, hint := range hints {
		fmt.Fprintln(p.stderr, "warning:", preview.Printable(hint))
	}
}

// printBuilder prints an address of the Block Kit Builder for each message. The
// blocks stand behind the #, which a browser keeps for itself.
func printBuilder(w io.Writer, r render.Rendered) error {
	if r.Archive != nil {
		return errors.New("an archive is text, and has no blocks that the Block Kit Builder could show")
	}
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
	title, detail := editor.Explain(err)
	if !errors.As(err, new(*engine.ScriptError)) && !errors.As(err, new(*render.InvalidError)) { // that begins with the position, which terminals make a link
		title = "fmt-test: " + title
	}
	fmt.Fprintln(w, preview.Printable(title))
	if detail != "" {
		fmt.Fprintln(w, preview.Printable(detail))
	}
}
