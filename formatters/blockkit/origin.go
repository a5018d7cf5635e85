package blockkit

import (
	"html"
	neturl "net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Origin says who may have made what acts in a message. It is for one message;
// what it works out is kept.
type Origin struct {
	// Made is safe mrkdwn that our own code made for this message: the text of
	// fields, and what the helpers of slack returned. A token in it is live in
	// the message, whatever else holds it, so nobody can switch it off.
	Made []string
	// Script are the files of the script, as they were written. A token that
	// stands in one of them is live as long as nothing in Input holds it.
	Script []string
	// Input is everything that the call brought. It is asked when it is needed,
	// which is seldom.
	Input func() []Input
	// Hosts may stand behind a label without a helper: the platform's. A host
	// that stands in Script may, too.
	Hosts []string

	made, written, hosts map[string]bool   // of Made and Script; nil until they are needed
	asked                map[string]string // where written tokens stand in the input; "" is nowhere
	haveInput            bool
	input                []Input // with canonical texts
	all                  string  // of all of them, as one text
}

// Input is one text that the call brought.
type Input struct {
	Name string // for people: `"Description" in slack_details`, "the workflow's name"
	Text string
}

// maxAsked bounds how many tokens of one script are looked for in the input, so
// that the time for them is bounded; a script with more uses helpers.
const maxAsked = 50

// allows reports whether a token may act. also is where it stands in the input,
// for one that would act otherwise.
func (o *Origin) allows(token string) (ok bool, also string) {
	if o.made == nil {
		o.made = map[string]bool{}
		for _, text := range o.Made {
			eachToken(text, func(t string) { o.made[unjoined(t)] = true })
		}
	}
	if o.made[unjoined(token)] {
		return true, ""
	}
	if o.writes(token) {
		also, known := o.asked[token]
		switch {
		case !known && len(o.asked) == maxAsked:
			return false, "the input, perhaps: the script has too many to look for"
		case !known:
			also = o.find(token)
			if o.asked == nil {
				o.asked = map[string]string{}
			}
			o.asked[token] = also
		}
		return also == "", also
	}
	core, tagged := strings.CutPrefix(token, "<")
	target, _, labelled := strings.Cut(core, "|")
	return tagged && labelled && strings.IndexByte("!@#", core[0]) < 0 && o.knowsHost(strings.ReplaceAll(target, "&amp;", "&")), ""
}

// explain is why a token does not act, and what to write instead.
func (o *Origin) explain(token, also string) string {
	why := "neither a helper nor the script's text has it as it is"
	if also != "" {
		why = "it stands in the script, but also in " + also
	} else if where := o.find(token); where != "" {
		why = "it stands in " + where
	}
	return why + HelperFor(token)
}

// HelperFor is, as the end of a sentence, the helper that makes such a token.
func HelperFor(token string) string {
	core := strings.TrimPrefix(token, "<")
	helper := ""
	switch {
	case strings.HasPrefix(core, "!date^"):
		helper = "slack.date(ms)"
	case strings.HasPrefix(core, "!subteam^"), core[0] == '@' && core != token:
		helper = "slack.user(id)"
	case core[0] == '!':
		helper = `slack.broadcast("here")`
	case core[0] == '@':
		helper = `slack.user(id), or slack.broadcast("here")`
	case core[0] == '#':
		helper = "slack.channelRef(id)"
	default:
		helper = "slack.link(url, label)"
	}
	return "; what " + helper + " makes stays live"
}

// writes reports whether a token stands in the script's own files.
func (o *Origin) writes(token string) bool {
	o.readScript()
	return o.written[token]
}

// knowsHost reports whether a link's target leads to a host that stands in the
// script, or to the platform. A target that cannot be read for sure leads nowhere
// that is known.
func (o *Origin) knowsHost(target string) bool {
	u, err := neturl.Parse(strings.TrimSpace(target))
	if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(u.Host)
	for _, h := range o.Hosts {
		if host != "" && strings.EqualFold(host, h) {
			return true
		}
	}
	o.readScript()
	return o.hosts[host]
}

// readScript collects the tokens and hosts that stand in the script's files.
func (o *Origin) readScript() {
	if o.written != nil {
		return
	}
	o.written, o.hosts = map[string]bool{}, map[string]bool{}
	for _, text := range o.Script {
		eachToken(text, func(t string) { o.written[t] = true })
		for i := 0; i < len(text); i++ {
			if text[i] == '@' || text[i] == '#' {
				if name := nameKey(text[i:nameEnd(text, i+1)]); len(name) > 1 {
					o.written[name] = true
				}
			}
		}
		for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
			return r > unicode.MaxASCII || !mrkdwn.IsAlnum(byte(r)) && r != '.' && r != '-' && r != ':'
		}) {
			// https://host:8443/x leaves "https:" and "host:8443".
			if word = strings.Trim(word, ":."); strings.ContainsAny(word, ".") || strings.HasPrefix(word, "localhost") {
				o.hosts[word] = true
			}
		}
	}
}

// Tokens are the <…> of a text that act: what a helper notes to have made.
func Tokens(text string) (list []string) {
	eachToken(text, func(t string) { list = append(list, t) })
	return list
}

// eachToken calls f for every <…> of a text that acts.
func eachToken(text string, f func(token string)) {
	for i := strings.IndexByte(text, '<'); i >= 0 && i < len(text); {
		size, _ := mrkdwn.Unit(text[i:])
		if size > 2 && acts(text[i:i+size]) {
			f(text[i : i+size])
		}
		next := strings.IndexByte(text[i+1:], '<')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

func unjoined(token string) string { return strings.ReplaceAll(token, mrkdwn.Joiner, "") }

// find says which input holds a token, in whatever form a script could have made
// it of: with blanks or invisible characters in it, with entities, in wide letters,
// or in two inputs that stand side by side. "" is none.
func (o *Origin) find(token string) string {
	if o.Input == nil {
		return ""
	}
	if !o.haveInput {
		o.haveInput, o.input = true, o.Input()
		var all strings.Builder
		for i, in := range o.input {
			o.input[i].Text = canonical(in.Text)
			all.WriteString(o.input[i].Text)
		}
		o.all = all.String()
	}
	token = canonical(token)
	if token == "" || !strings.Contains(o.all, token) {
		return ""
	}
	for _, in := range o.input {
		if strings.Contains(in.Text, token) {
			return in.Name
		}
	}
	return "several inputs together"
}

// canonical is a text without what a script could take out of it, or decode.
func canonical(s string) string {
	s = html.UnescapeString(html.UnescapeString(s))
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
