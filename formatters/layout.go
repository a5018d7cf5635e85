package formatters

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// Layout is the one that a message has where no script says otherwise. Each set of
// the function's inputs has its own.
type Layout struct {
	Titled bool // that of slack_text: a title with a link, and lines beside a green bar; else lines alone, see [Classic]
	Beside bool // that of slack_text as the comment of a file, which is text alone: the lines of [Classic], or words without a label
	Markup bool // false is for a call with mrkdwn=false
}

// AdditionalText and the others below are the labels of a titled layout that are no
// lines of it, where they have something to show. A script that gives one of them
// another name makes a line of it.
const (
	AdditionalText = "Additional Text" // stands above the bar
	linkLabel      = "Resilient URL"   // of type incident: the title leads there
	kindLabel      = "Type of data"    // what the message is about: the title
)

// green is the colour of the bar.
const green = "#36a64f"

// maxFallback is in characters: it is for notifications, and the blocks hold all.
const maxFallback = 3000

// titled are the parts of a titled layout.
type titled struct {
	above *Field
	kind  string // plain
	url   string
	lines []Field
}

func split(fields []Field) (t titled) {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Empty:
		case f.Label == AdditionalText && t.above == nil:
			t.above = f
		case f.Label == kindLabel && t.kind == "":
			t.kind = mrkdwn.OneLine(f.Plain)
		case f.Label == linkLabel && t.url == "" && f.is("incident") && isAddress(f.Plain):
			t.url = f.Plain
		default:
			line := *f
			if ms, ok := milliseconds(textOf(f.Data)); ok && f.is("datetime") && f.ours() { // in each reader's time zone
				line.Text = dateToken(ms, "{date_num} {time_secs}", f.Plain)
			}
			t.lines = append(t.lines, line)
		}
	}
	// What reads as a field of the message is a line like the others, whose value
	// stands in a quote.
	if forged := (labels{fields: t.lines}); t.above != nil && forged.in("\n"+t.above.Plain) {
		t.lines = append([]Field{*t.above}, t.lines...)
		t.above = nil
	}
	return t
}

// isAddress reports whether a title may lead to a text. What is none is a line.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != ""
}

func (f *Field) is(typ string) bool { return strings.EqualFold(strings.TrimSpace(f.Type), typ) }

// title is mrkdwn; "" where nothing says what it should be.
func (t titled) title(markup bool) string {
	title := ""
	switch {
	case t.url != "" && t.kind != "":
		title = mrkdwn.Link(t.url, "SOAR "+t.kind)
	case t.url != "":
		title = mrkdwn.Link(t.url, "Open in SOAR")
	case t.kind != "":
		title = mrkdwn.Esc("SOAR " + t.kind)
	}
	if markup && title != "" {
		title = mrkdwn.Bold(title)
	}
	return title
}

// Text is the layout as text alone, "" where there is nothing to show.
func (l Layout) Text(fields []Field) string {
	if !l.Titled {
		return Classic(fields, l.Markup)
	}
	t := split(fields)
	if l.Beside {
		if t.above == nil || t.kind != "" || t.url != "" || len(t.lines) > 0 {
			return Classic(fields, l.Markup)
		}
		return t.above.shown(l.Markup) // it is not one of several, so it needs no label
	}
	above := ""
	if t.above != nil {
		above = t.above.shown(l.Markup)
	}
	label := mrkdwn.Label
	if l.Markup {
		label = func(label string) string { return mrkdwn.Bold(mrkdwn.Esc(mrkdwn.OneLine(label))) }
	}
	return joined(above, t.title(l.Markup), textLines(t.lines, l.Markup, label))
}

func joined(texts ...string) string {
	all := ""
	for _, text := range texts {
		if all != "" && text != "" {
			all += "\n"
		}
		all += text
	}
	return all
}

// Lay gives a message the layout. Fields may have a Text that a script has made:
// live says which of the tokens in it may act.
func (l Layout) Lay(m blockkit.Message, fields []Field, live func(token string) bool) blockkit.Message {
	if l.Beside {
		m.Text = l.Text(fields)
		return m
	}
	if !l.Titled {
		m.Text = Classic(fields, l.Markup)
		m.Blocks = ClassicBlocks(fields, m.Text, l.Markup)
		return m
	}
	t := split(fields)
	m.Text, m.Blocks = "", nil
	if t.above != nil {
		bare := *t.above
		bare.Label = "" // it stands by itself
		m.Text = bare.shown(l.Markup)
		m.Blocks = ClassicBlocks([]Field{bare}, m.Text, l.Markup)
	}
	var lines richtext.Lines
	if title := t.title(l.Markup); title != "" {
		lines.Markup("", title, func(string) bool { return true })
	}
	lines.Bold = l.Markup
	if live == nil { // a date needs no leave
		live = func(string) bool { return false }
	}
	addLines(&lines, t.lines, l.Markup, live)
	block := richTextBlock(lines.Elements())
	if block == nil {
		return m
	}
	kind := ""
	if t.kind != "" {
		kind = mrkdwn.EscBare("SOAR " + t.kind)
	}
	m.Attachments = []json.RawMessage{barred(mrkdwn.Truncate(joined(kind, Classic(t.lines, false)), maxFallback), block)}
	return m
}

// LayOwn gives the layout to a message of text alone if that is the layout's.
func (l Layout) LayOwn(m blockkit.Message, fields []Field) blockkit.Message {
	switch {
	case m.Text != l.Text(fields) || l.Beside:
		return m
	case l.Titled:
		return l.Lay(m, fields, nil)
	}
	m.Blocks = ClassicBlocks(fields, m.Text, l.Markup)
	return m
}

// barred is an attachment: a block beside the bar.
func barred(fallback string, block json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // or < > & would count sixfold against Slack's limits
	_ = enc.Encode(struct {  // of texts and valid JSON
		Color    string            `json:"color"`
		Fallback string            `json:"fallback,omitempty"`
		Blocks   []json.RawMessage `json:"blocks"`
	}{green, fallback, []json.RawMessage{block}})
	return bytes.TrimSpace(b.Bytes())
}

// Title is the name of what the message is about, as plain text: of slack_details
// the first text, of slack_text the first that is neither a number nor one of the
// labels of the layout, or else what kind of thing it is.
func (l Layout) Title(fields []Field) string {
	kind := ""
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Empty || f.Type != "string":
		case !l.Titled:
			return f.Plain
		case f.Label == kindLabel:
			kind = f.Plain
		case f.Label != AdditionalText && strings.Trim(f.Plain, "0123456789") != "":
			return f.Plain
		}
	}
	return kind
}
