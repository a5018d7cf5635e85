package demo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// output prints what happens, for people or with once as JSON.
type output struct {
	w    io.Writer
	json *json.Encoder
	once bool
}

func (o output) welcome(d *demo) {
	fmt.Fprintf(o.w, `fn-slack demo: everything runs on this machine, nothing leaves it.

  Slack workspace   %s
  Platform          %s
  REST, broker      %s, localhost:%d (TLS)
  Status            http://%s (fn-slack status --address %[5]s)
  Scripts           %[6]s

`, d.workspace.URL(), d.platform.PagesURL(), d.platform.URL(), d.platform.STOMPPort(), d.status, d.scripts)
}

// tell prints what was played.
func (o output) tell(s played) error {
	if o.once {
		return o.json.Encode(s)
	}
	if s.Step != "result" {
		fmt.Fprintf(o.w, "%s → #%s", cmp.Or(s.Rule, s.Workflow), s.Channel)
		if s.ThreadTS != "" {
			fmt.Fprintf(o.w, ", in the thread of %s", s.ThreadTS)
		}
		if s.TS != "" {
			fmt.Fprintf(o.w, ", by %s:\n  │ %s", cmp.Or(s.Author, slacktest.BotName), strings.ReplaceAll(preview.Printable(s.Text), "\n", "\n  │ "))
		}
		fmt.Fprintln(o.w)
		for _, f := range s.Files {
			fmt.Fprintf(o.w, "  ▤ %s (%d bytes)\n", preview.PrintableLine(f.Name), f.Size)
		}
	}
	if s.Statuses == nil {
		return nil
	}
	_, err := fmt.Fprintf(o.w, "  Action Status: %s (%.0f ms)\n\n", strings.Join(s.Statuses, " → "), s.Duration)
	return err
}

// line prints what became of a send.
func (o output) line(a slacktest.Action) {
	var last slacktest.ActionEntry
	var texts []string
	for _, last = range a.Entries {
		texts = append(texts, last.Text)
	}
	took := last.Time.Sub(a.Begun).Round(time.Millisecond)
	fmt.Fprintf(o.w, "%s %s, %s: %s (%s, %v)\n", last.Time.Format("15:04:05.000"), a.Title, preview.PrintableLine(a.Subject),
		preview.PrintableLine(strings.Join(texts, " → ")), a.Words(), took)
}

func (o output) invite(d *demo) {
	fmt.Fprintf(o.w, "Open %s, send an incident or change one, and click a script to edit it.\n", d.workspace.URL())
	if d.embedded {
		fmt.Fprintf(o.w, "The scripts end with the demo. To keep yours: fn-slack scripts init, and start the demo again.\n")
	} else {
		fmt.Fprintf(o.w, "Or edit %s/default.js, save, send the incident again: the new layout is there.\n", d.scripts)
	}
	fmt.Fprintln(o.w, "Ctrl-C ends the demo.")
}
