package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Function is the API name of the function whose inputs are read here.
const Function = "slack_post_message"

// The inputs of the function, by their names on the wire.
const (
	inputChannel   = "slack_channel"
	inputDetails   = "slack_details"
	inputThread    = "slack_thread_id"
	inputBroadcast = "slack_reply_broadcast"
	inputParse     = "slack_parse"
	inputLinkNames = "slack_link_names"
	inputUser      = "slack_user_id"
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
	details   string
	formatter string // the script that the workflow asks for, "" for none
	mrkdwn    bool
	update    bool   // a message that stands in Slack is to show the incident as it is now
	card      string // its ts, "" where the call knows of none
}

// readInputs reads the inputs that the function knows. All that is wrong is
// reported at once; each part of the error is a *resilient.InputError.
func readInputs(call resilient.Call, username string) (inputs, error) {
	in := call.Inputs
	var errs []error
	text := func(read func(string) (string, error), name string) string {
		s, err := read(name)
		errs = append(errs, err)
		return strings.TrimSpace(s)
	}
	truth := func(name string, missing bool) bool {
		value, set, err := in.Bool(name)
		errs = append(errs, err)
		if !set {
			return missing
		}
		return value
	}
	i := inputs{
		call: call,
		base: blockkit.Message{
			Channel:  text(in.Required, inputChannel),
			ThreadTS: text(in.Text, inputThread),
			Parse:    strings.ToLower(text(in.Text, inputParse)),
			Username: username,
		},
		details:   text(detailsText(in), inputDetails),
		formatter: text(in.Text, inputFormatter),
		mrkdwn:    truth(in.First(inputMrkdwn...), true),
		update:    truth(inputUpdate, false),
	}
	if i.update {
		i.card, i.base.ThreadTS = i.base.ThreadTS, ""
	}
	switch i.base.Parse {
	case "", "none", "full":
	default:
		errs = append(errs, &resilient.InputError{Name: inputParse, Got: i.base.Parse, Want: "none or full"})
	}
	// Slack has no use for reply_broadcast outside a thread.
	broadcast := truth(inputBroadcast, false)
	i.base.ReplyBroadcast = broadcast && i.base.ThreadTS != ""
	if truth(inputLinkNames, false) {
		i.base.LinkNames = new(true)
	}
	if !i.mrkdwn {
		i.base.Mrkdwn = new(false)
	}
	// Nothing in an incident is to be fetched by Slack for a preview: it may be
	// the attacker's page. A script can ask for it.
	i.base.UnfurlLinks, i.base.UnfurlMedia = new(false), new(false)
	if user := text(in.Text, inputUser); user != "" {
		i.base.Username = user
	}
	// as_user meant "under the account of the token", which is the case without
	// a name. Slack refuses the argument itself from today's apps.
	if truth(inputAsUser, false) {
		i.base.Username = ""
	}
	return i, errors.Join(errs...)
}

// Channel is the channel that a call names, "" where it names none.
func Channel(call resilient.Call) string {
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

// detailsText reads slack_details, which is text by the function's definition
// but may as well be the object itself.
func detailsText(in resilient.Inputs) func(string) (string, error) {
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
