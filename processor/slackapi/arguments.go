package slackapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// arguments are those of chat.postMessage and chat.update, as the form that is sent. A
// burst is made of these two; slack-go, by which all other methods are called, copies
// the form and makes room for an answer that nobody looks at: a third more allocations,
// and a tenth of the processor's time of an update (fn-slack bench).
type arguments struct{ form strings.Builder }

// arguments are those of a message. What it leaves empty is left out. Raw JSON is
// joined and not encoded again: json.Marshal would rewrite what the layout wrote.
func (p *Poster) arguments(m blockkit.Message) *arguments {
	a := new(arguments)
	a.form.Grow(2 << 10) // few take more
	a.set("token", p.cfg.Token.Reveal())
	a.set("channel", m.Channel)
	a.set("text", m.Text)
	a.set("thread_ts", m.ThreadTS)
	a.set("username", m.Username)
	a.set("icon_emoji", m.IconEmoji)
	a.set("icon_url", m.IconURL)
	a.set("parse", m.Parse)
	a.list("blocks", m.Blocks)
	a.list("attachments", m.Attachments)
	a.flag("link_names", m.LinkNames)
	a.flag("mrkdwn", m.Mrkdwn)
	a.flag("unfurl_links", m.UnfurlLinks)
	a.flag("unfurl_media", m.UnfurlMedia)
	if m.ReplyBroadcast {
		a.set("reply_broadcast", "true")
	}
	return a
}

// set adds an argument, unless it is empty.
func (a *arguments) set(name, value string) {
	if value == "" {
		return
	}
	if a.form.Len() > 0 {
		a.form.WriteByte('&')
	}
	a.form.WriteString(name)
	a.form.WriteByte('=')
	a.form.WriteString(url.QueryEscape(value))
}

func (a *arguments) flag(name string, value *bool) {
	if value != nil {
		a.set(name, strconv.FormatBool(*value))
	}
}

func (a *arguments) list(name string, items []json.RawMessage) {
	if len(items) > 0 {
		a.set(name, joinRaw(items))
	}
}

func joinRaw(items []json.RawMessage) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(item)
	}
	b.WriteByte(']')
	return b.String()
}

// sends is the request that calls a method with arguments.
func (p *Poster) sends(method string, a *arguments) request {
	return func(ctx context.Context, rec *recorder) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.cfg.APIURL+method, strings.NewReader(a.form.String()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		_, err = rec.Do(req)
		return err
	}
}
