package transcript

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Message is what is read of a message.
type Message struct {
	TS         string `json:"ts"`
	ThreadTS   string `json:"thread_ts"`
	ReplyCount int    `json:"reply_count"`
	User       string `json:"user"`
	Username   string `json:"username"` // of an app's message
	BotID      string `json:"bot_id"`
	BotProfile struct {
		Name string `json:"name"`
	} `json:"bot_profile"`
	Text   string `json:"text"`
	Edited struct {
		User string `json:"user"`
		TS   string `json:"ts"`
	} `json:"edited"`
	Blocks      json.RawMessage `json:"blocks"`
	Attachments []attachment    `json:"attachments"`
	Files       []struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Title     string `json:"title"`
		Permalink string `json:"permalink"`
		Mode      string `json:"mode"`
	} `json:"files"`

	Root, At int64 `json:"-"` // microseconds since 1970: of the first message of its thread, and its own
}

// Read reads a message. What has another form than expected is as if it were not
// there, but for its time, without which it has no place.
func Read(raw []byte) (Message, error) {
	var m Message
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &m); err != nil && !errors.As(err, &other) {
		return m, fmt.Errorf("a message of Slack's cannot be read: %w", err)
	}
	var ok bool
	if m.At, ok = moment(m.TS); !ok {
		return m, fmt.Errorf("a message of Slack's has the time %.40q", m.TS)
	}
	if m.Root, ok = moment(m.ThreadTS); !ok {
		m.Root = m.At
	}
	return m, nil
}

// moment is a ts of Slack's in microseconds.
func moment(ts string) (int64, bool) {
	seconds, fraction, ok := strings.Cut(ts, ".")
	s, err1 := strconv.ParseInt(seconds, 10, 64)
	us, err2 := strconv.ParseInt(fraction, 10, 64)
	return s*1e6 + us, ok && err1 == nil && err2 == nil && s > 0 && s < 1e11 && us >= 0 && us < 1e6
}

// attachment is one of the old kind: what links lead to, and messages of older apps.
type attachment struct {
	Pretext   string `json:"pretext"`
	Title     string `json:"title"`
	TitleLink string `json:"title_link"`
	Text      string `json:"text"`
	Fallback  string `json:"fallback"`
	Fields    []struct {
		Title string `json:"title"`
		Value string `json:"value"`
	} `json:"fields"`
	Blocks json.RawMessage `json:"blocks"`
}

// undisplayed is Slack's text where an app gave blocks alone.
const undisplayed = "This content can't be displayed."

// words are those of a message, as lines. Text is what an app gives in the place of
// its blocks; where it gives none, they are read.
func (t Text) words(ctx context.Context, m Message) string {
	if m.Text == undisplayed {
		m.Text = ""
	}
	parts := []string{t.plain(ctx, m.Text)}
	if m.Text == "" {
		parts = append(parts, t.leaves(ctx, m.Blocks))
	}
	for _, a := range m.Attachments {
		own := []string{t.plain(ctx, a.Pretext), t.plain(ctx, a.Title), mrkdwn.OneLine(mrkdwn.Unescape(a.TitleLink)), t.plain(ctx, a.Text)}
		for _, f := range a.Fields {
			own = append(own, strings.TrimPrefix(t.plain(ctx, f.Title)+": "+t.plain(ctx, f.Value), ": "))
		}
		own = slices.DeleteFunc(own, mrkdwn.Blank)
		if len(own) == 0 && m.Text == "" { // else the text says what the blocks do
			own = append(own, t.leaves(ctx, a.Blocks))
			if mrkdwn.Blank(own[0]) {
				own[0] = t.plain(ctx, a.Fallback)
			}
		}
		parts = append(parts, own...)
	}
	parts = slices.DeleteFunc(parts, mrkdwn.Blank)
	return strings.Join(parts, "\n")
}

// token is what Slack's markup has of people, channels and links.
var token = regexp.MustCompile(`<([^<>\n]*)>`)

// plain is Slack's markup as text, with names in the place of ids.
func (t Text) plain(ctx context.Context, text string) string {
	text = token.ReplaceAllStringFunc(text, func(found string) string {
		target, label, labelled := strings.Cut(found[1:len(found)-1], "|")
		switch {
		case strings.HasPrefix(target, "@"):
			return "@" + t.Names.Mentioned(ctx, target[1:])
		case strings.HasPrefix(target, "#") && labelled && label != "":
			return "#" + label
		case strings.HasPrefix(target, "#"):
			return "#" + t.Names.Room(ctx, target[1:])
		case strings.HasPrefix(target, "!") && labelled:
			return label
		case strings.HasPrefix(target, "!"):
			return "@" + target[1:]
		case labelled && label != target:
			return label + " (" + target + ")"
		}
		return target
	})
	return strings.TrimRight(mrkdwn.Clean(mrkdwn.Unescape(text)), " \t\n")
}

// leaves are the words of blocks.
func (t Text) leaves(ctx context.Context, blocks json.RawMessage) string {
	var list []map[string]any
	if json.Unmarshal(blocks, &list) != nil {
		return ""
	}
	var lines []string
	for _, block := range list {
		var b strings.Builder
		t.leaf(ctx, &b, block)
		lines = append(lines, strings.TrimSpace(b.String()))
	}
	return strings.Join(slices.DeleteFunc(lines, mrkdwn.Blank), "\n")
}

// leaf writes the words of a block, of an element or of a text object. Only the
// elements of a line of rich text stand one behind the other.
func (t Text) leaf(ctx context.Context, b *strings.Builder, part map[string]any) {
	member := func(name string) string { s, _ := part[name].(string); return s }
	kind := member("type")
	switch kind {
	case "user":
		b.WriteString("@" + t.Names.Mentioned(ctx, member("user_id")))
	case "channel":
		b.WriteString("#" + t.Names.Room(ctx, member("channel_id")))
	case "emoji":
		b.WriteString(":" + mrkdwn.OneLine(member("name")) + ":")
	case "broadcast":
		b.WriteString("@" + mrkdwn.OneLine(member("range")))
	case "link":
		if text := member("text"); text != "" && text != member("url") {
			b.WriteString(mrkdwn.OneLine(text) + " (" + mrkdwn.OneLine(member("url")) + ")")
		} else {
			b.WriteString(mrkdwn.OneLine(member("url")))
		}
	case "mrkdwn", "markdown":
		b.WriteString(t.plain(ctx, member("text")))
	default:
		b.WriteString(mrkdwn.Clean(member("text")))
	}
	for _, name := range []string{"text", "fields", "elements", "rows"} {
		parts, _ := part[name].([]any)
		if one, ok := part[name].(map[string]any); ok {
			parts = []any{one}
		}
		for _, p := range flat(parts) {
			if b.Len() > 0 && kind != "rich_text_section" && kind != "rich_text_preformatted" && kind != "rich_text_quote" {
				b.WriteByte('\n')
			}
			t.leaf(ctx, b, p)
		}
	}
}

// flat are the objects of a list, and of the lists in it.
func flat(list []any) (objects []map[string]any) {
	for _, one := range list {
		switch one := one.(type) {
		case map[string]any:
			objects = append(objects, one)
		case []any:
			objects = append(objects, flat(one)...)
		}
	}
	return objects
}
