package editor

import (
	"cmp"
	"html/template"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/preview"
)

// Post is a message with its author, as the pages show it.
type Post struct {
	Author string        `json:"author"`
	Avatar string        `json:"avatar"` // a letter or an emoji
	Clock  string        `json:"clock"`
	Notice string        `json:"notice"`
	Part   string        `json:"part"` // of a message that is shown anew: before, after or reply
	HTML   template.HTML `json:"html"` // safe: made by formatters/preview
}

// Posts are the messages of a shot. Of a message that is shown anew what it showed
// before comes first, and what its thread is told last.
func (d *Desk) Posts(s Shot) []Post {
	var list []Post
	add := func(messages []blockkit.Message, part, notice string) {
		for i, m := range messages {
			p := d.post(m, i > 0)
			p.Part = part
			if i == 0 {
				p.Notice = cmp.Or(notice, p.Notice)
			}
			list = append(list, p)
		}
	}
	r := s.Rendered
	switch {
	case r.Archive != nil:
		add(s.Shown(), "", "attached as the history of the channel")
		return list
	case r.Card.Before == nil:
		add(s.Shown(), "", "")
		return list
	}
	replies := len(r.Messages) - len(r.Card.Reply)
	add(r.Card.Before, "before", "before")
	add(r.Messages[:replies], "after", "after")
	notice := "told in the thread"
	if len(r.Card.Reply) > 0 && r.Card.Reply[0].ReplyBroadcast {
		notice = "told in the thread, also in the channel"
	}
	add(r.Messages[replies:], "reply", notice)
	return list
}

func (d *Desk) post(m blockkit.Message, continued bool) Post {
	p := Post{Author: cmp.Or(m.Username, Author), Clock: d.Now.In(d.Location).Format("15:04")}
	p.Avatar = string([]rune(p.Author)[:1])
	if char, ok := preview.Emoji(m.IconEmoji); ok {
		p.Avatar = char
	}
	switch {
	case continued:
		p.Notice = "continued in the thread"
	case m.ReplyBroadcast:
		p.Notice = "replied to a thread, also in the channel"
	case m.ThreadTS != "":
		p.Notice = "replied in a thread"
	}
	p.HTML = template.HTML(preview.HTML(m, preview.Options{Time: d.Now, Location: d.Location})) // by the promise of package preview
	return p
}
