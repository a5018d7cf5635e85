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
	HTML   template.HTML `json:"html"` // safe: made by formatters/preview
}

// Posts are the messages of a shot.
func (d *Desk) Posts(s Shot) []Post {
	var list []Post
	for i, m := range s.Shown() {
		list = append(list, d.post(m, i > 0))
	}
	if s.Rendered.Archive != nil {
		list[0].Notice = "attached as the history of the channel"
	}
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
