package formatters

import (
	"encoding/json"
	"time"
)

// Field is a [details.Detail] made ready to be shown.
type Field struct {
	Label    string            `json:"label"`
	Type     string            `json:"type"`
	Data     json.RawMessage   `json:"data"`               // raw, not safe in mrkdwn
	Text     string            `json:"text"`               // safe mrkdwn
	Plain    string            `json:"plain"`              // plain text, not escaped
	RichText []json.RawMessage `json:"richText,omitempty"` // elements of a Block Kit rich_text block; only type richtext has them
	Empty    bool              `json:"empty"`              // null, "", [], {}: nothing to show. false and 0 are not empty
	Note     string            `json:"note,omitempty"`     // what a person should know: an unknown type, a date that is not one
}

// Options are what an installation decides about fields. The zero value works.
type Options struct {
	BaseURL    string         // of incident links, "https://host:8443" without a slash at the end
	Location   *time.Location // of dates; nil is UTC
	DateFormat string         // "" is the original's 2018-04-27T19:33:36Z
	OrgID      int            // of incident links, for who has several organisations; 0 leaves it out
	Lists      bool           // a text that is a list as Python writes it is shown as its parts: [u'a', u'b'] is a, b
}
