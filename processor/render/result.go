package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/jsontext"
)

// result is what format may return beside a string.
type result struct {
	Text           *string           `json:"text"`
	Blocks         []json.RawMessage `json:"blocks"`
	Attachments    []json.RawMessage `json:"attachments"`
	Color          string            `json:"color"`
	Channel        string            `json:"channel"`
	Username       string            `json:"username"`
	IconEmoji      string            `json:"icon_emoji"`
	IconURL        string            `json:"icon_url"`
	ThreadTS       string            `json:"thread_ts"`
	ReplyBroadcast *bool             `json:"reply_broadcast"`
	UnfurlLinks    *bool             `json:"unfurl_links"`
	UnfurlMedia    *bool             `json:"unfurl_media"`
	Skip           string            `json:"skip"`
	Reply          json.RawMessage   `json:"reply"`
	Broadcast      bool              `json:"broadcast"`
}

// readResult puts what a script returned over the message that the call's
// inputs make. made are the mentions in a text that was derived from elements. The
// error names the member that is wrong, without the script.
func readResult(output json.RawMessage, base blockkit.Message, trees *blockkit.Trees) (m blockkit.Message, r result, made []string, err error) {
	m = base
	if bytes.HasPrefix(output, []byte(`"`)) {
		s, ok := jsontext.Text(output)
		if ok || json.Unmarshal(output, &s) == nil {
			m.Text = s
			return m, r, nil, checkText(s)
		}
	}
	r, err = decodeResult(output)
	if err != nil || r.Skip != "" {
		return m, r, nil, err
	}
	over := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	over(&m.Channel, r.Channel)
	over(&m.Username, r.Username)
	over(&m.ThreadTS, r.ThreadTS)
	if name := strings.Trim(r.IconEmoji, ": "); name != "" {
		m.IconEmoji = ":" + name + ":" // Slack ignores it without its colons
	}
	m.IconURL = r.IconURL
	m.Blocks, m.Attachments = r.Blocks, r.Attachments
	for _, flag := range []struct {
		to    **bool
		value *bool
	}{{&m.UnfurlLinks, r.UnfurlLinks}, {&m.UnfurlMedia, r.UnfurlMedia}} {
		if flag.value != nil {
			*flag.to = flag.value
		}
	}
	if r.ReplyBroadcast != nil {
		m.ReplyBroadcast = *r.ReplyBroadcast && m.ThreadTS != ""
	}
	if r.Text != nil {
		m.Text = *r.Text
	} else {
		m.Text, made = derive(r.Blocks, trees)
	}
	if r.Color != "" {
		if m, err = colored(m, r.Color, r.Text != nil, trees); err != nil {
			return m, r, nil, err
		}
	}
	if strings.TrimSpace(m.Text) == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return m, r, nil, errors.New("format returned neither text nor blocks nor attachments; to post nothing return { skip: \"why\" }")
	}
	return m, r, made, nil
}

// checkText is for a layout that is only text.
func checkText(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("format returned an empty string; to post nothing return { skip: \"why\" }")
	}
	return nil
}

// colored wraps the blocks in one attachment with a coloured bar. Text that was
// derived from the blocks becomes its fallback, because Slack shows the
// message's own text above an attachment.
func colored(m blockkit.Message, color string, ownText bool, trees *blockkit.Trees) (blockkit.Message, error) {
	if len(m.Blocks) == 0 {
		return m, errors.New("color needs blocks: it is the bar beside them")
	}
	size := len(color) + len(m.Text) + 64
	for _, block := range m.Blocks {
		size += len(block) + 1
	}
	js := appendString(append(make([]byte, 0, size), `{"color":`...), color)
	tree := map[string]any{"color": color}
	if !ownText && m.Text != "" {
		js = appendString(append(js, `,"fallback":`...), m.Text)
		tree["fallback"] = m.Text
	}
	if !ownText {
		m.Text = ""
	}
	js = append(js, `,"blocks":[`...)
	blocks := make([]any, len(m.Blocks))
	for i, block := range m.Blocks {
		if i > 0 {
			js = append(js, ',')
		}
		js = append(js, block...)
		var err error
		if blocks[i], err = trees.Decode(block); err != nil {
			return m, fmt.Errorf("what format returned: %w", err)
		}
	}
	js = append(js, "]}"...)
	tree["blocks"] = blocks
	trees.Put(js, tree)
	m.Blocks = nil
	m.Attachments = slices.Insert(m.Attachments, 0, json.RawMessage(js))
	return m, nil
}

// encode is json.Marshal without turning <, > and & into escapes, which would
// count against Slack's limits and make --json hard to read.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// decodeResult reads the object strictly: a misspelt member would otherwise
// silently be missing from the message.
func decodeResult(output json.RawMessage) (result, error) {
	var r result
	switch {
	case string(output) == "null":
		return r, errors.New("format returned nothing, perhaps a return is missing; to post nothing return { skip: \"why\" }")
	case !bytes.HasPrefix(output, []byte("{")):
		return r, fmt.Errorf("format must return a string or an object, not %s", kindOf(output))
	}
	dec := json.NewDecoder(bytes.NewReader(output))
	dec.DisallowUnknownFields()
	err := dec.Decode(&r)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return r, nil
	case errors.As(err, &wrongType):
		return r, fmt.Errorf("format returned a member %q that must be %s, not %s", wrongType.Field, wanted(wrongType.Type.String()), found(wrongType.Value))
	default: // the driver has refused unknown members, but for those of a toJSON
		return r, fmt.Errorf("what format returned: %w", err)
	}
}

func wanted(goType string) string {
	switch goType {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	default:
		return "a list"
	}
}

// found puts encoding/json's word for a value into the words of kindOf.
func found(kind string) string {
	switch kind {
	case "object":
		return "an object"
	case "array":
		return "a list"
	case "bool":
		return "a boolean"
	default: // string, number
		return "a " + kind
	}
}

func kindOf(js json.RawMessage) string {
	switch js[0] {
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	default:
		return "a number"
	}
}
