package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Function is the API name of the function whose inputs are read here.
const Function = "slack_post_message"

// The inputs of the function, by their names on the wire. A call has one of two sets
// of them: slack_details, or slack_text and the incident, for whose channel there is
// more in room.go. The others may come with either.
const (
	inputChannel   = "slack_channel"
	inputDetails   = "slack_details"
	inputText      = "slack_text"
	inputThread    = "slack_thread_id"
	inputBroadcast = "slack_reply_broadcast"
	inputParse     = "slack_parse"
	inputLinkNames = "slack_link_names"
	inputUser      = "slack_user_id"  // with slack_details
	inputUsername  = "slack_username" // with slack_text
	inputAsUser    = "slack_as_user"
	inputFormatter = "slack_formatter"
	inputUpdate    = "slack_update"
)

// The input that says whether the text has markup has had three names: on the
// wire of version 1.0, in its guide, and in later versions.
var inputMrkdwn = []string{"slack_markdwn", "slack_markdown", "slack_mrkdwn"}

// inputs are those of one call, read.
type inputs struct {
	call      resilient.Call
	base      blockkit.Message // everything but the text and the blocks
	source    string           // the input that holds the text
	text      string
	room      *Room  // nil with slack_details
	formatter string // the script that the workflow asks for, "" for none
	layout    formatters.Layout
	update    bool        // a message that stands in Slack is shown anew
	before    string      // what that shows, see Request
	was       *card.State // the same, read; nil where nobody knows it
}

// ForRoom says whether a call has the inputs with slack_text, which say which
// incident's channel it is for.
func ForRoom(call resilient.Call) bool { return later(call.Inputs) }

// later is ForRoom. Where both texts are there, slack_details counts.
func later(in resilient.Inputs) bool {
	return !in.Has(inputDetails) && (in.Has(inputText) || in.Has(inputIncident))
}

// details reads the text. One that is no object of labels is one label's data.
func (in inputs) details() (list []details.Detail, notes []string, err error) {
	if in.room != nil && !labelled(in.text) {
		data, err := encode(in.text)
		return []details.Detail{{Label: formatters.AdditionalText, Type: "string", Data: data}}, nil, err
	}
	return details.ReadInput(in.source, in.text)
}

// labelled says whether a text begins as an object of labels does.
func labelled(text string) bool {
	rest, object := strings.CutPrefix(text, "{")
	rest = strings.TrimLeft(rest, " \t\r\n")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, `\n`), " \t\r\n")
	rest = strings.TrimPrefix(rest, "u")
	return object && rest != "" && strings.IndexByte(`"'}`, rest[0]) >= 0
}

// readInputs reads the inputs that the function knows. All that is wrong is
// reported at once; each part of the error is a *resilient.InputError.
func readInputs(call resilient.Call, username string) (inputs, error) {
	if call.Function == FileFunction {
		return readComment(call)
	}
	in := call.Inputs
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	text := func(read func(string) (string, error), name string) string {
		s, err := read(name)
		note(err)
		return strings.TrimSpace(s)
	}
	truth := func(name string, missing bool) bool {
		value, set, err := in.Bool(name)
		note(err)
		if !set {
			return missing
		}
		return value
	}
	i := inputs{call: call, source: inputDetails}
	user, channel := inputUser, ""
	if later(in) {
		i.source, user = inputText, inputUsername
		room, err := ReadRoom(in)
		i.room, channel = &room, room.Named()
		note(err)
	} else {
		channel = text(in.Required, inputChannel)
	}
	i.base = blockkit.Message{
		Channel:  channel,
		ThreadTS: text(in.Text, inputThread),
		Parse:    strings.ToLower(text(in.Text, inputParse)),
		Username: username,
	}
	if truth(inputUpdate, false) {
		i.base.ThreadTS = "" // it is that of the message that is to be shown anew
	}
	i.text = text(textOrObject(in), i.source)
	i.formatter = text(in.Text, inputFormatter)
	markup := truth(in.First(inputMrkdwn...), true)
	i.layout = formatters.Layout{Titled: i.room != nil, Markup: markup}
	switch i.base.Parse {
	case "", "none", "full":
	default:
		note(&resilient.InputError{Name: inputParse, Got: i.base.Parse, Want: "none or full"})
	}
	// Slack has no use for reply_broadcast outside a thread.
	broadcast := truth(inputBroadcast, false)
	i.base.ReplyBroadcast = broadcast && i.base.ThreadTS != ""
	if truth(inputLinkNames, false) {
		i.base.LinkNames = new(true)
	}
	if !markup {
		i.base.Mrkdwn = new(false)
	}
	// Nothing in an incident is to be fetched by Slack for a preview: it may be
	// the attacker's page. A script can ask for it.
	i.base.UnfurlLinks, i.base.UnfurlMedia = new(false), new(false)
	if name := text(in.Text, user); name != "" {
		i.base.Username = name
	}
	// as_user meant "under the account of the token", which is the case without
	// a name. Slack refuses the argument itself from today's apps.
	if truth(inputAsUser, false) {
		i.base.Username = ""
	}
	return i, errors.Join(errs...)
}

// Details are the labels of a call, as far as they can be read.
func Details(call resilient.Call) []details.Detail {
	in, _ := readInputs(call, "")
	list, _, _ := in.details()
	return list
}

// Channel is the channel that a call names, "" where it names none.
func Channel(call resilient.Call) string {
	if later(call.Inputs) {
		room, _ := ReadRoom(call.Inputs) // what cannot be read is an error of Render
		return room.Named()
	}
	s, _ := call.Inputs.Text(inputChannel) // what cannot be read is an error of Render
	return strings.TrimSpace(s)
}

// Update reports whether a call wants a message that stands in Slack to show its
// incident as it is now, and the ts of that message, "" where it names none.
func Update(call resilient.Call) (ts string, wanted bool) {
	wanted, _, _ = call.Inputs.Bool(inputUpdate)
	if wanted {
		ts, _ = call.Inputs.Text(inputThread)
	}
	return strings.TrimSpace(ts), wanted
}

// Formatter is the script that a call names, "" where it names none.
func Formatter(call resilient.Call) string {
	s, _ := call.Inputs.Text(inputFormatter)
	return strings.TrimSpace(s)
}

// textOrObject reads slack_details or slack_text, which is text by the function's
// definition but may as well be the object itself.
func textOrObject(in resilient.Inputs) func(string) (string, error) {
	return func(name string) (string, error) {
		s, err := in.Required(name)
		if raw, ok := in.Raw(name); err != nil && ok && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
			return string(raw), nil
		}
		return s, err
	}
}

// unwrap is the value of an input without the platform's wrapping.
func unwrap(raw json.RawMessage) json.RawMessage {
	switch raw = bytes.TrimSpace(raw); {
	case bytes.HasPrefix(raw, []byte("[")):
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list) // it was read before
		for i, one := range list {
			// Lists in lists are none of the platform's: they stay as they are.
			if one = bytes.TrimSpace(one); bytes.HasPrefix(one, []byte("{")) {
				list[i] = unwrap(one)
			}
		}
		raw, _ = encode(list)
	case bytes.HasPrefix(raw, []byte("{")):
		var object struct {
			Content json.RawMessage `json:"content"`
			Name    json.RawMessage `json:"name"`
		}
		_ = json.Unmarshal(raw, &object)
		switch {
		case object.Content != nil:
			return object.Content
		case object.Name != nil:
			return object.Name
		}
	}
	return raw
}
