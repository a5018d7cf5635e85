package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// FileFunction is the API name of the function that posts a file, whose slack_text is
// the comment. Its calls render to one message, of which the text is the comment.
const FileFunction = "slack_post_attachment"

// FileTitle is the title of a file in Slack, which belongs to an incident, a task or an
// artifact.
func FileTitle(incident int, of, name string) string {
	return fmt.Sprintf("Incident ID %d %s Attachment: %s", incident, of, name)
}

// MaxComment is what Slack advises for a text, in characters. Nothing can continue a
// comment in a thread before the file is there.
const MaxComment = 4_000

// readComment is readInputs for a call that posts a file. Slack lets a comment be text
// in its markup and no more: with blocks beside it, Slack passes these over,
// https://docs.slack.dev/reference/methods/files.completeUploadExternal.
func readComment(call resilient.Call) (inputs, error) {
	room, err := ReadRoom(call.Inputs)
	errs := []error{err}
	text := func(read func(string) (string, error), name string) string {
		s, err := read(name)
		errs = append(errs, err)
		return strings.TrimSpace(s)
	}
	i := inputs{call: call, source: inputText, room: &room, layout: formatters.Layout{Titled: true, Beside: true, Markup: true}}
	i.base = blockkit.Message{Channel: room.Named(), ThreadTS: text(call.Inputs.Text, inputThread)}
	i.formatter = text(call.Inputs.Text, inputFormatter)
	if call.Inputs.Has(inputText) {
		i.text = text(textOrObject(call.Inputs), inputText)
	}
	return i, errors.Join(errs...)
}

// asComment is what a script returned for a message as the comment of a file. A note
// says what of it there is no place for.
func asComment(m blockkit.Message, output json.RawMessage, in inputs, trees *blockkit.Trees) (comment blockkit.Message, made []string, note string, err error) {
	comment = in.base
	comment.Text = m.Text
	if !bytes.HasPrefix(output, []byte("{")) {
		return comment, nil, "", nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(output, &members); err != nil {
		return comment, nil, "", err
	}
	maps.DeleteFunc(members, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	blocks := blockkit.AllBlocks(m)
	of := ""
	if (members["text"] == nil || mrkdwn.Blank(comment.Text)) && len(blocks) > 0 {
		comment.Text, made = words(blocks, trees)
		of = ", but for the words of the blocks,"
	}
	if mrkdwn.Blank(comment.Text) {
		return comment, nil, "", errors.New("format returned no text, and the comment of a file is text alone; to post the file without one return { skip: \"why\" }")
	}
	delete(members, "text")
	if len(members) > 0 {
		note = "the comment of a file is text alone, so what the layout has beside it" + of + " is left out: " + strings.Join(slices.Sorted(maps.Keys(members)), ", ")
	}
	return comment, made, note, nil
}

// short is a message that Slack takes as a comment, where it is one. what is its text.
func (in inputs) short(m blockkit.Message, what string, notes *[]string) blockkit.Message {
	if text := mrkdwn.Truncate(m.Text, MaxComment); in.layout.Beside && text != m.Text {
		m.Text = text
		*notes = append(*notes, what+" is too long for the comment of a file, and is cut")
	}
	return m
}
