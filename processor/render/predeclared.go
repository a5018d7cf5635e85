package render

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a worker can open no zone files

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
	"github.com/fn-slack/fn-slack/formatters/spelling"
)

//go:embed driver.js
var driver string

// Worker runs a render worker until its standard input ends, and returns the
// exit status. A program that renders calls it, before anything else, when its
// first argument is [engine.WorkerArg].
func Worker() int { return engine.WorkerMain(predeclared()) }

// predeclared has what the driver gets as `host`: the functions that stand
// behind the script's `slack`, and some for itself. Those of one or two strings
// are the fast ones; the driver turns what scripts give into text.
func predeclared() engine.Predeclared {
	var made maker
	host := ofTexts(&made)
	maps.Copy(host, ofFields(&made))
	return engine.Predeclared{
		Driver:     driver,
		DriverName: "driver.js",
		Given:      map[string]engine.Shape{"match": callShape(), "format": messageShape(), "archive": lineShape()},
		Elsewhere:  elsewhere(),
		Host:       host,
		Aside:      made.aside,
	}
}

// ofTexts are the functions that make a text of texts.
func ofTexts(made *maker) map[string]any {
	return map[string]any{
		"esc":        mrkdwn.Esc,
		"link":       func(url, label string) string { return made.note(mrkdwn.Link(url, label)) },
		"user":       func(id string) string { return made.note(mrkdwn.User(id)) },
		"channelRef": func(id string) string { return made.note(mrkdwn.ChannelRef(id)) },
		"bold":       mrkdwn.Bold,
		"italic":     mrkdwn.Italic,
		"code":       mrkdwn.Code,
		"pre":        mrkdwn.Pre,
		"quote":      mrkdwn.Quote,
		"truncate":   mrkdwn.Truncate,
		"defang":     mrkdwn.Defang,
		"plain":      func(html string) string { return richtext.FromHTML(html).Plain },
		"mrkdwn":     func(html string) string { return made.note(richtext.FromHTML(html).Mrkdwn) },
		"broadcast": func(who string) (string, error) {
			token, err := mrkdwn.Broadcast(who)
			return made.note(token), err
		},
	}
}

// ofFields are those that know of fields, dates and whole messages, and what the
// driver asks for itself.
func ofFields(made *maker) map[string]any {
	var settings settingsReader
	return map[string]any{
		// For errors: which name may be meant, why there is no such field, and what a
		// member must be.
		"near":   func(name, names string) string { return spelling.DidYouMean(name, strings.Fields(names)) },
		"missed": missed,
		"wrong":  wrong,

		// glued is the first code of emoji in a text that nobody meant, "" for none.
		"glued": glued,
		// lines is a rich_text block of fields, table the rows of one that is a
		// table, classic the message of a script without a format.
		"lines": func(fieldsJSON string) (json.RawMessage, error) {
			var fields []formatters.Field
			err := json.Unmarshal([]byte(fieldsJSON), &fields)
			return orNull(formatters.Lines(fields, true, made.has)), err
		},
		"table": func(fieldJSON string) (json.RawMessage, error) {
			var f formatters.Field
			err := json.Unmarshal([]byte(fieldJSON), &f)
			return orNull(f.Table()), err
		},
		"classic": func(fieldsJSON string, markup, titled bool) (json.RawMessage, error) {
			return classic(fieldsJSON, formatters.Layout{Titled: titled, Markup: markup}, made.has)
		},
		// titled is the text of a titled layout.
		"titled": func(fieldsJSON string, markup, beside bool) (string, error) {
			var fields []formatters.Field
			err := json.Unmarshal([]byte(fieldsJSON), &fields)
			return formatters.Layout{Titled: true, Beside: beside, Markup: markup}.Text(fields), err
		},

		// previous are the fields that a card showed, changes what is new against them.
		"previous": previous,
		"changes":  changes,

		// shows and hides note what the fields show, one after the other, for the card.
		"shows": made.shows,
		"hides": made.hides,

		// What a reader sees of mrkdwn; a label in bold; the lines of the
		// classic layout.
		"shown": shown,
		"term":  func(label string) string { return mrkdwn.Bold(mrkdwn.Esc(label)) },
		"line": func(label, text string) string {
			return formatters.Classic([]formatters.Field{{Label: label, Text: text}}, true)
		},
		"plainLine": func(label, plain string) string {
			return formatters.Classic([]formatters.Field{{Label: label, Plain: plain}}, false)
		},

		// date is Slack's token for a moment, shown in each reader's own
		// time zone.
		"date": func(ms int64, format, settingsJSON string) (string, error) {
			o, err := settings.read(settingsJSON)
			return made.note(formatters.Date(ms, format, o)), err
		},
		// field makes the field anew of a detail whose type the script has
		// changed.
		"field": func(detail, settingsJSON string) (json.RawMessage, error) {
			var d details.Detail
			o, err := settings.read(settingsJSON)
			if err := errors.Join(err, json.Unmarshal([]byte(detail), &d)); err != nil {
				return nil, err
			}
			f := o.Field(d)
			made.note(f.Text)
			return encode(f)
		},
	}
}

// missed says that a call has no field of a label, and which it has.
func missed(label, labelsJSON string) string {
	var labels []string
	if json.Unmarshal([]byte(labelsJSON), &labels) != nil {
		return ""
	}
	return fmt.Sprintf("this call has no field %q%s; it has: %s", label, spelling.DidYouMean(label, labels), strings.Join(labels[:min(len(labels), 30)], ", "))
}

// wrong says that something is of another type than one of those that are wanted.
func wrong(name, got, wanted string) string {
	list := strings.Fields(wanted)
	for i, typ := range list {
		switch {
		case typ == "null":
		case strings.IndexByte("ao", typ[0]) >= 0: // array, object
			list[i] = "an " + typ
		default:
			list[i] = "a " + typ
		}
	}
	return fmt.Sprintf("%s must be %s, not %s", name, strings.Join(list, " or "), got)
}

// classic is the message of fields in the layout that needs no script, as a
// script may return it.
func classic(fieldsJSON string, layout formatters.Layout, live func(token string) bool) (json.RawMessage, error) {
	var fields []formatters.Field
	if err := json.Unmarshal([]byte(fieldsJSON), &fields); err != nil {
		return nil, err
	}
	m := layout.Lay(blockkit.Message{}, fields, live)
	if m.Blocks == nil && m.Attachments == nil {
		return encode(m.Text)
	}
	return encode(m)
}

func glued(text string) string {
	text = strings.ReplaceAll(text, mrkdwn.Joiner, "") // the gate takes it out of plain text
	for i := 0; i < len(text); {
		if text[i] != ':' {
			i++
			continue
		}
		end, whole := mrkdwn.EmojiCode(text, i)
		switch {
		case whole:
			i = end
		case end > 0:
			return text[i:end]
		default:
			i++
		}
	}
	return ""
}

func orNull(js json.RawMessage) json.RawMessage {
	if js == nil {
		return json.RawMessage("null")
	}
	return js
}

// settings are the part of [formatters.Options] that travels to the worker.
type settings struct {
	BaseURL    string `json:"baseURL"`
	TimeZone   string `json:"timeZone"`
	DateFormat string `json:"dateFormat"`
	OrgID      int    `json:"orgID"`
	Lists      bool   `json:"lists"`
}

func settingsOf(o formatters.Options) string {
	zone := ""
	if o.Location != nil {
		zone = o.Location.String()
	}
	b := appendString([]byte(`{"baseURL":`), o.BaseURL)
	b = appendString(append(b, `,"timeZone":`...), zone)
	b = appendString(append(b, `,"dateFormat":`...), o.DateFormat)
	b = strconv.AppendInt(append(b, `,"orgID":`...), int64(o.OrgID), 10)
	b = strconv.AppendBool(append(b, `,"lists":`...), o.Lists)
	return string(append(b, '}'))
}

// settingsReader reads settings, which hardly ever change, once. It belongs to
// the one goroutine of a worker that renders.
type settingsReader struct {
	js      string
	options formatters.Options
}

func (r *settingsReader) read(js string) (formatters.Options, error) {
	if js == "" { // the top level of a script
		return formatters.Options{}, nil
	}
	if js == r.js {
		return r.options, nil
	}
	var s settings
	if err := json.Unmarshal([]byte(js), &s); err != nil {
		return formatters.Options{}, err
	}
	loc, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return formatters.Options{}, err
	}
	r.js, r.options = js, formatters.Options{BaseURL: s.BaseURL, Location: loc, DateFormat: s.DateFormat, OrgID: s.OrgID, Lists: s.Lists}
	return r.options, nil
}

// shown is what a reader sees of mrkdwn, but for its marks: a link's label, a
// date's fallback, the characters of entities.
func shown(mrkdwn string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(mrkdwn, "<")
		token, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			b.WriteString(mrkdwn)
			return entities.Replace(b.String())
		}
		b.WriteString(before)
		if target, label, labelled := strings.Cut(token, "|"); labelled {
			b.WriteString(label)
		} else {
			b.WriteString(target)
		}
		mrkdwn = after
	}
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
