package attachment

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// maxComment is what Slack advises for a text, in characters.
const maxComment = 4_000

// comment is slack_text as Slack gets it: labels in the classic layout, and everything
// else as plain text. Only this function knows how a comment is laid out.
func (f *Function) comment(text string) (comment string, notes []string) {
	comment = mrkdwn.Esc(text)
	if strings.HasPrefix(text, "{") {
		list, told, err := details.Read(text)
		if err == nil {
			comment, notes = formatters.Classic(f.cfg.Fields.Fields(list), true), told
		} else {
			notes = append(notes, "slack_text is no object of labels that can be read, and is posted as it stands")
		}
	}
	if short := mrkdwn.Truncate(comment, maxComment); short != comment {
		comment, notes = short, append(notes, "slack_text is too long for the comment of a file, and is cut")
	}
	return comment, notes
}
