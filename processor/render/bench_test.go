package render

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// BenchmarkRender compares three ways to lay out the incident of the shipped
// workflow. All begin at the decoded call, end at the checked message and give
// the same bytes; only the layout itself is made by a script in a render
// worker, by a text/template that is parsed for every message as the well-known
// alert routers do it, and by Go code written for this one layout.
//
// The ways take turns, render by render, so that a busy machine slows all of
// them down; ns/op is the sum, the metrics say what each takes. What a start costs
// is not in them: the first renders, which touch their memory for the first time,
// are not counted.
func BenchmarkRender(b *testing.B) {
	for _, layout := range layouts {
		b.Run(layout.script, func(b *testing.B) {
			r := galleryRenderer(b)
			c := call(b, map[string]any{"slack_channel": "soc", "slack_details": nine, "slack_formatter": layout.script})
			req := Request{Call: c, ID: "delivery-1", Time: noon}
			ways := []struct {
				name   string
				render func() (Rendered, error)
			}{
				{"script", func() (Rendered, error) { return r.Render(b.Context(), req) }},
				{"template", func() (Rendered, error) { return byTemplate(r, c, parseTemplate(layout.template), layout.color) }},
				{"parsed-template", func() func() (Rendered, error) {
					parsed := parseTemplate(layout.template)
					return func() (Rendered, error) { return byTemplate(r, c, parsed, layout.color) }
				}()},
				{"go", func() (Rendered, error) { return byHand(r, c, layout.hand) }},
			}
			var want []blockkit.Message
			for i, way := range ways {
				out, err := way.render()
				if err != nil || out.Failed != nil {
					b.Fatal(way.name, err, out.Failed)
				}
				if i == 0 {
					want = out.Messages
				}
				if diff := cmp.Diff(js(b, want), js(b, out.Messages)); diff != "" {
					b.Fatalf("%s gives another message (-script +%s):\n%s", way.name, way.name, diff)
				}
			}
			for range warmUp {
				for _, way := range ways {
					if _, err := way.render(); err != nil {
						b.Fatal(err)
					}
				}
			}
			took := make([]time.Duration, len(ways))
			for b.Loop() {
				for i, way := range ways {
					start := time.Now()
					if _, err := way.render(); err != nil {
						b.Fatal(err)
					}
					took[i] += time.Since(start)
				}
			}
			for i, way := range ways {
				b.ReportMetric(float64(took[i].Nanoseconds())/float64(b.N), "ns/"+way.name)
				if i > 0 {
					b.ReportMetric(float64(took[0])/float64(took[i]), "x-"+way.name)
				}
			}
		})
	}
}

// BenchmarkParallel is the renders a second that one service reaches.
func BenchmarkParallel(b *testing.B) {
	for _, layout := range layouts {
		b.Run(layout.script, func(b *testing.B) {
			r := galleryRenderer(b)
			c := call(b, map[string]any{"slack_channel": "soc", "slack_details": nine, "slack_formatter": layout.script})
			req := Request{Call: c, ID: "delivery-1", Time: noon}
			var group sync.WaitGroup
			for range 2 * runtime.GOMAXPROCS(0) {
				group.Go(func() {
					for range warmUp {
						if _, err := r.Render(b.Context(), req); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			group.Wait()
			b.SetParallelism(4) // a service has more calls than processors
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := r.Render(b.Context(), req); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "renders/s")
		})
	}
}

// warmUp is how many renders go before those that are measured.
const warmUp = 200

// serviceGCPercent is gcPercent of fn-slack: all ways have the collector as the
// service has it.
const serviceGCPercent = 125

// galleryRenderer renders with the scripts that come with the program.
func galleryRenderer(b *testing.B) *Renderer {
	before := debug.SetGCPercent(serviceGCPercent)
	b.Cleanup(func() { debug.SetGCPercent(before) })
	scripts := map[string]string{}
	for _, layout := range layouts {
		scripts[layout.script] = layout.source
		if layout.source != "" {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", "..", "scripts", layout.script))
		if err != nil {
			b.Fatal(err)
		}
		scripts[layout.script] = string(source)
	}
	return newRenderer(b, scripts, nil)
}

// layouts are compared: those of the gallery, and what default.js makes by a
// function. default.js itself has only labels, so it is not run in a worker.
var layouts = []struct {
	script   string
	source   string // "" is that of the gallery
	template string
	color    bool // the template makes an object and not a text
	hand     func(fields []formatters.Field, o formatters.Options) (any, error)
}{
	{script: "default.js", template: classicTemplate, hand: classicByHand},
	{script: "function.js", source: "export default { format: (message) => message.text };", template: classicTemplate, hand: classicByHand},
	{script: "incident-card.js", template: cardTemplate, color: true, hand: cardByHand},
}

const classicTemplate = `{{range $i, $f := .Fields}}{{if not $f.Empty}}{{if $i}}
{{end}}{{esc $f.Label}}: {{$f.Text}}{{end}}{{end}}`

const cardTemplate = `
{{- $severity := .Severity -}}
{"color":{{if eq $severity "High"}}"#d00000"{{else if eq $severity "Medium"}}"#e8912d"{{else if eq $severity "Low"}}"#2eb67d"{{else}}"#8d8d8d"{{end}},"blocks":[
{"type":"header","text":{"type":"plain_text","text":{{js .Title}},"emoji":true}},
{"type":"section","fields":[
{{- $first := true}}
{{- range .Fields}}{{if and (not .Empty) (or (eq .Type "boolean" "datetime") (eq .Label "Severity"))}}
{{- if not $first}},{{end}}{{$first = false -}}
{"type":"mrkdwn","text":
{{- if eq .Type "datetime"}}{{js (print "*" (esc .Label) "*\n" (date .Data "{date_short_pretty} {time}"))}}
{{- else if eq .Label "Severity"}}{{if eq $severity "High"}}{{js (print "*" (esc .Label) "*\n:red_circle: " .Text)}}{{else}}{{js (print "*" (esc .Label) "*\n:white_circle: " .Text)}}{{end}}
{{- else}}{{js (print "*" (esc .Label) "*\n" .Text)}}{{end}},"verbatim":true}
{{- end}}{{end -}}
]},
{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
{{- $line := ""}}
{{- range .Fields}}{{if and (not .Empty) (not .RichText) (ne .Type "boolean" "datetime" "incident") (ne .Label "Severity" "Resilient Incident")}}
{{- if $line}},{{end}}{"type":"text","text":{{js (print $line (or (and (eq .Label "NIST Vectors") "Attack vectors") .Label) ": ")}}},{"type":"text","text":{{js .Plain}}}{{$line = "\n"}}
{{- end}}{{end -}}
]}]},
{{range .Fields}}{{if .RichText -}}
{"type":"section","text":{"type":"mrkdwn","text":{{js (print "*" (esc .Label) "*")}},"verbatim":true}},
{"type":"rich_text","elements":{{js .RichText}}},
{{end}}{{end -}}
{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":{{js (print "Open incident " .ID)}},"emoji":true},"url":{{js .URL}},"style":"primary"}]}]}`

var functions = template.FuncMap{
	"esc": mrkdwn.Esc,
	"js":  func(v any) (string, error) { b, err := encode(v); return string(b), err },
	"ne": func(s string, others ...string) bool {
		for _, o := range others {
			if s == o {
				return false
			}
		}
		return true
	},
	"date": func(data json.RawMessage, format string) (string, error) {
		ms, err := millisOf(data)
		return formatters.Date(ms, format, formatters.Options{BaseURL: baseURL}), err
	},
}

func millisOf(data json.RawMessage) (ms int64, err error) {
	var s string
	if err = json.Unmarshal(data, &s); err == nil {
		_, err = fmt.Sscan(s, &ms)
	}
	return ms, err
}

func parseTemplate(text string) *template.Template {
	return template.Must(template.New("layout").Funcs(functions).Parse(text))
}

// read is what comes before every layout.
func read(r *Renderer, c resilient.Call) (in inputs, fields []formatters.Field, err error) {
	if in, err = readInputs(c, ""); err != nil {
		return in, nil, err
	}
	list, _, err := details.Read(in.text)
	return in, r.cfg.Options.Fields(list), err
}

func byTemplate(r *Renderer, c resilient.Call, t *template.Template, object bool) (out Rendered, err error) {
	in, fields, err := read(r, c)
	if err != nil {
		return out, err
	}
	data := struct {
		Fields                   []formatters.Field
		Title, Severity, ID, URL string
	}{Fields: fields}
	for _, f := range fields {
		switch {
		case f.Label == "Severity":
			data.Severity = f.Plain
		case f.Type == "incident":
			data.ID, data.URL = id(f.Data), f.Plain
		case data.Title == "":
			data.Title = f.Plain
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return out, err
	}
	result := json.RawMessage(b.String())
	if !object {
		if result, err = encode(b.String()); err != nil {
			return out, err
		}
	}
	trees := new(blockkit.Trees)
	m, _, _, err := readResult(result, in.base, trees)
	if err != nil {
		return out, err
	}
	out.Messages, err = finish(m, trees, r.origin(in, fields, nil, nil), "template", &out.Notes)
	return out, err
}

func byHand(r *Renderer, c resilient.Call, layout func([]formatters.Field, formatters.Options) (any, error)) (out Rendered, err error) {
	in, fields, err := read(r, c)
	if err != nil {
		return out, err
	}
	v, err := layout(fields, r.cfg.Options)
	if err != nil {
		return out, err
	}
	result, err := encode(v)
	if err != nil {
		return out, err
	}
	trees := new(blockkit.Trees)
	m, _, _, err := readResult(result, in.base, trees)
	if err != nil {
		return out, err
	}
	out.Messages, err = finish(m, trees, r.origin(in, fields, nil, nil), "hand", &out.Notes)
	return out, err
}

func classicByHand(fields []formatters.Field, _ formatters.Options) (any, error) {
	return formatters.Classic(fields, true), nil
}

// The parts of a card that the hand-written layout needs.
type (
	cardText struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Emoji    bool   `json:"emoji,omitempty"`
		Verbatim bool   `json:"verbatim,omitempty"`
	}
	cardButton struct {
		Type  string   `json:"type"`
		Text  cardText `json:"text"`
		URL   string   `json:"url"`
		Style string   `json:"style"`
	}
	cardBlock struct {
		Type     string     `json:"type"`
		Text     *cardText  `json:"text,omitempty"`
		Fields   []cardText `json:"fields,omitempty"`
		Elements any        `json:"elements,omitempty"`
	}
)

func cardByHand(fields []formatters.Field, o formatters.Options) (any, error) {
	type look struct{ sign, color string }
	looks := map[string]look{"High": {":red_circle:", "#d00000"}, "Medium": {":large_orange_circle:", "#e8912d"}, "Low": {":large_green_circle:", "#2eb67d"}}
	chosen := look{":white_circle:", "#8d8d8d"}
	var title string
	var facts []cardText
	var typed []cardText
	var long []cardBlock
	var open cardBlock
	for _, f := range fields {
		text, label := f.Text, f.Label
		switch {
		case f.Empty:
			continue
		case label == "Resilient Incident":
			title = f.Plain
			continue
		case f.Type == "incident":
			open = cardBlock{Type: "actions", Elements: []cardButton{{
				"button", cardText{Type: "plain_text", Text: "Open incident " + id(f.Data), Emoji: true}, f.Plain, "primary"}}}
			continue
		case f.RichText != nil:
			long = append(long, cardBlock{Type: "section", Text: &cardText{Type: "mrkdwn", Text: mrkdwn.Bold(mrkdwn.Esc(label)), Verbatim: true}},
				cardBlock{Type: "rich_text", Elements: f.RichText})
			continue
		case f.Type == "datetime":
			ms, err := millisOf(f.Data)
			if err != nil {
				return nil, err
			}
			text = formatters.Date(ms, "{date_short_pretty} {time}", o)
		case label == "Severity":
			if l, ok := looks[f.Plain]; ok {
				chosen = l
			}
			text = chosen.sign + " " + text
		case f.Type != "boolean":
			if label == "NIST Vectors" {
				label = "Attack vectors"
			}
			if len(typed) > 0 {
				label = "\n" + label
			}
			typed = append(typed, cardText{Type: "text", Text: label + ": "}, cardText{Type: "text", Text: f.Plain})
			continue
		}
		facts = append(facts, cardText{Type: "mrkdwn", Text: mrkdwn.Bold(mrkdwn.Esc(label)) + "\n" + text, Verbatim: true})
	}
	lines, err := encode([]struct {
		Type     string     `json:"type"`
		Elements []cardText `json:"elements"`
	}{{"rich_text_section", typed}})
	if err != nil {
		return nil, err
	}
	blocks := []cardBlock{{Type: "header", Text: &cardText{Type: "plain_text", Text: title, Emoji: true}}, {Type: "section", Fields: facts}, {Type: "rich_text", Elements: json.RawMessage(lines)}}
	return struct {
		Color  string      `json:"color"`
		Blocks []cardBlock `json:"blocks"`
	}{chosen.color, append(append(blocks, long...), open)}, nil
}
