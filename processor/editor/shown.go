package editor

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// Shown are the messages as a reader has them: a comment with its file below it, and
// the text of an archive as it stands.
func (s Shot) Shown() []blockkit.Message {
	upload := s.Sample.Upload()
	switch list := slices.Clone(s.Rendered.Messages); {
	case s.Rendered.Archive != nil:
		return []blockkit.Message{{Blocks: []json.RawMessage{preformatted(strings.Join(s.Rendered.Archive, "\n"))}}}
	case upload == nil:
		return list
	case len(list) == 0:
		return []blockkit.Message{{Attachments: []json.RawMessage{fileCard(upload)}}}
	default:
		list[0].Attachments = append(slices.Clone(list[0].Attachments), fileCard(upload))
		return list
	}
}

// Unposted says what a script has left out, and why; "" where it has left out nothing.
func (s Shot) Unposted() string {
	switch {
	case s.Rendered.Skip == "":
		return ""
	case s.Sample.Upload() != nil:
		return "the file goes without a comment: " + s.Rendered.Skip
	}
	return "nothing is posted: " + s.Rendered.Skip
}

// fileCard is what stands for a file in a message.
func fileCard(u *sample.Upload) json.RawMessage {
	about := []string{strings.ToUpper(strings.TrimPrefix(path.Ext(u.Name), "."))}
	if about[0] == "" {
		about[0] = "Binary"
	}
	if u.Size > 0 {
		about = append(about, size(u.Size))
	}
	return encoded(map[string]string{"title": "📎 " + mrkdwn.Esc(mrkdwn.OneLine(u.Title)), "text": mrkdwn.Esc(mrkdwn.OneLine(strings.Join(about, " · ")))})
}

// size is a number of bytes as Slack shows it.
func size(bytes int64) string {
	units := []string{"bytes", "kB", "MB", "GB"}
	n, unit := float64(bytes), 0
	for ; n >= 1024 && unit < len(units)-1; unit++ {
		n /= 1024
	}
	return fmt.Sprintf("%.0f %s", n, units[unit])
}

func preformatted(text string) json.RawMessage {
	leaf := map[string]string{"type": "text", "text": text}
	return encoded(map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_preformatted", "elements": []any{leaf}}}})
}

func encoded(v any) json.RawMessage {
	js, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of texts
	}
	return js
}
