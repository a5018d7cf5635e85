package blockkit

import "encoding/json"

// Message is one chat.postMessage call as a layout made it: the JSON names are
// Slack's argument names, the zero value of a member leaves the argument out.
// Blocks and Attachments stay the layout's own JSON, because decoding them into
// structs and encoding them again would lose what the structs do not know.
type Message struct {
	Channel        string            `json:"channel,omitempty"`
	ThreadTS       string            `json:"thread_ts,omitempty"`
	ReplyBroadcast bool              `json:"reply_broadcast,omitempty"`
	Username       string            `json:"username,omitempty"`
	IconEmoji      string            `json:"icon_emoji,omitempty"`
	IconURL        string            `json:"icon_url,omitempty"`
	Text           string            `json:"text,omitempty"`
	Blocks         []json.RawMessage `json:"blocks,omitempty"`
	Attachments    []json.RawMessage `json:"attachments,omitempty"`
	Parse          string            `json:"parse,omitempty"` // "full" or "none"
	LinkNames      *bool             `json:"link_names,omitempty"`
	Mrkdwn         *bool             `json:"mrkdwn,omitempty"` // nil is Slack's default, true
	UnfurlLinks    *bool             `json:"unfurl_links,omitempty"`
	UnfurlMedia    *bool             `json:"unfurl_media,omitempty"`
}
