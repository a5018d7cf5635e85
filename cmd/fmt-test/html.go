package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"os"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/preview"
)

//go:embed web/message.html
var messagePage string

//go:embed web/single.css
var singleStyle string

// post is a message with its author, as the pages show it.
type post struct {
	Author string        `json:"author"`
	Avatar string        `json:"avatar"` // a letter or an emoji
	Clock  string        `json:"clock"`
	Notice string        `json:"notice"`
	HTML   template.HTML `json:"html"` // safe: made by formatters/preview
}

func postsOf(set settings, s shot) []post {
	var list []post
	for i, m := range s.rendered.Messages {
		list = append(list, postOf(set, m, i > 0))
	}
	return list
}

func postOf(set settings, m blockkit.Message, continued bool) post {
	p := post{Author: m.Username, Clock: set.now.In(set.Location).Format("15:04")}
	if p.Author == "" {
		p.Author = author
	}
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
	p.HTML = template.HTML(preview.HTML(m, preview.Options{Time: set.now, Location: set.Location})) // by the promise of package preview
	return p
}

// writeHTML writes a page with the message. Its policy lets it load nothing and
// run nothing: all it may use is its own style sheet.
func (p *program) writeHTML(name string, set settings, s shot) error {
	page, err := template.New("message").Parse(messagePage)
	if err != nil {
		return err
	}
	style := preview.CSS() + singleStyle
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Title":  s.sample.Name + " · " + s.rendered.Script,
		"Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		"Style":  template.CSS(style), // both are parts of the program
		"Posts":  postsOf(set, s),
		"Skip":   s.rendered.Skip,
		"Facts":  factsOf(s).String(),
		"Notes":  s.rendered.Notes,
	})
	if err != nil {
		return err
	}
	if name == "-" {
		_, err = p.stdout.Write(b.Bytes())
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
