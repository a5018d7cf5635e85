package preview

import (
	"net/url"
	"regexp"
	"strings"
)

// maxToken bounds the search: an address has at most 3,000 characters in Slack.
const maxToken = 16_000

// token reads the inside of <…>, raw. A false says that Slack shows it as text.
func (p *parser) token(inside string) (span, bool) {
	if inside == "" || inside[0] == '<' || inside[0] == '|' || len(inside) > maxToken {
		return span{}, false
	}
	target, label, _ := strings.Cut(inside, "|")
	label = decode(label)
	rest := target[1:]
	switch target[0] {
	case '@':
		return p.reference("@", rest, label)
	case '#':
		return p.reference("#", rest, label)
	case '!':
		return p.special(rest, label)
	}
	return linkTo(decode(target), label)
}

// reference is a mention by id.
func (p *parser) reference(sign, id, label string) (span, bool) {
	if id == "" || strings.ContainsAny(id, " \t") {
		return span{}, false
	}
	name := label
	if known, ok := p.o.Names[id]; ok {
		name = known
	}
	if name == "" {
		name = id
	}
	return span{What: mention, Text: sign + strings.TrimPrefix(name, sign), Title: id}, true
}

func (p *parser) special(rest, label string) (span, bool) {
	name, args, _ := strings.Cut(rest, "^")
	switch name {
	case "here", "channel", "everyone", "group":
		return span{What: broadcast, Text: "@" + name}, true
	case "subteam":
		id, _, _ := strings.Cut(args, "^")
		return p.reference("@", id, label)
	case "date":
		return p.date(args, label)
	}
	if label == "" {
		label = "<" + name + ">"
	}
	return span{What: mention, Text: label, Title: "!" + name}, true // Slack shows the label of a command that it does not know
}

// linkTo is a link to an address that is not checked yet; without a scheme it
// is none. A scheme that the preview does not follow still looks like a link,
// because Slack may follow it.
func linkTo(address, label string) (span, bool) {
	if !addressForm.MatchString(address) {
		return span{}, false
	}
	s := span{What: link, Text: label, Href: safe(address), Title: address}
	if label == "" {
		s.Text = strings.TrimPrefix(address, "mailto:")
	}
	return s, true
}

var addressForm = regexp.MustCompile(`(?s)^[a-zA-Z][a-zA-Z0-9+.-]*:.`)

// safe gives an address that may stand in an href, or "".
func safe(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	web := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	mail := u.Scheme == "mailto" && u.Opaque != ""
	if !web && !mail {
		return ""
	}
	return u.String()
}

// decode turns the three entities of Slack into their characters, once.
func decode(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
