package render

import (
	"context"
	"fmt"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// maxRest bounds, in characters, what is shown of a text that nobody has
// read. It fits into one message of Slack's with the labels before it.
const maxRest = 10_000

// unreadable makes the message of a text that cannot be read to their
// end: where and why, the labels that were read, and the rest as it stands.
//
// No script is asked. With half of the labels it could choose another channel or
// post nothing, and whoever writes a text that breaks the reading would decide
// it. The call's own channel gets more than it is used to, not less.
func (r *Renderer) unreadable(ctx context.Context, in inputs, fields []formatters.Field, unread *details.Error, out Rendered) (Rendered, error) {
	if r.cfg.FailUnreadable || unread.Rest == "" && !in.layout.Beside {
		return Rendered{Notes: out.Notes}, withKind(unread)
	}
	out.Failed = unread
	if in.layout.Beside { // words are a comment as well as labels are, also in a brace
		out.Notes = append(out.Notes, "it is the comment as it stands")
		err := r.classic(in, []formatters.Field{r.text(formatters.AdditionalText, in.text)}, &out)
		return out, err
	}
	rest := []rune(unread.Rest)
	shown := rest[:min(len(rest), maxRest)]
	out.Notes = append(out.Notes, fmt.Sprintf("the rest of %s stands in the message as it is, %d of %d characters", in.source, len(shown), len(rest)))
	out.Notes = append(out.Notes, r.fieldNotes(ctx, nil, in.source, fields)...)

	head := r.text(in.source+" cannot be read", fmt.Sprintf("line %d, column %d: %s", unread.Line, unread.Column, unread.Reason))
	tail := r.text("The rest as it stands", string(shown))
	if !in.layout.Titled { // there it stands in rich text
		tail.Text = mrkdwn.Pre(tail.Plain)
	}
	fields = append(append([]formatters.Field{head}, fields...), tail)
	return out, r.classic(in, fields, &out)
}

// text is a field of ours.
func (r *Renderer) text(label, text string) formatters.Field {
	data, _ := encode(text) // a string
	return r.cfg.Options.Field(details.Detail{Label: label, Type: "string", Data: data})
}
