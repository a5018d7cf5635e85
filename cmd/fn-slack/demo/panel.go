package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// panel lets the page of the workspace press the platform's buttons, and shows
// what becomes of it and of the scripts.
type panel struct {
	platform *resilienttest.Platform
	scripts  string // the folder

	mu       sync.Mutex
	renderer *render.Renderer // nil until the service has one
	seen     *engine.Set      // that samples are of
	samples  map[string][]string
	unknown  map[string][]string         // hints at names that no sample has
	inside   map[*engine.Script][]string // samples that stand in a script, which never changes
}

// notes are the samples of notes; people write others.
func notes() []slacktest.Sample {
	return []slacktest.Sample{
		{Name: "plain text", Text: note},
		{Name: "rich text", Text: `<div>Isolated <b>pc-0815</b>, see the <a href="https://wiki.example.net/playbook">playbook</a>:</div>
<ol><li>cable pulled</li><li>image taken with <code>dd</code></li></ol>
<table><tr><th>Host</th><th>State</th></tr><tr><td>pc-0815</td><td>isolated</td></tr><tr><td>pc-0816</td><td>clean</td></tr></table>
<blockquote>Do not switch it on.</blockquote>`},
		{Name: "written by an attacker", Text: `<div>&lt;!channel&gt; *urgent* <a href="javascript:alert(1)">click</a> <a href="https://evil.example/">https://bank.example/</a></div><script>alert("x")</script>`},
	}
}

// Offer is what the platform and the scripts folder have.
func (p *panel) Offer() slacktest.Offer {
	offer := slacktest.Offer{Objects: p.objects()}
	offer.Objects[1].Samples = notes()
	scripts, _ := p.Scripts()
	for _, s := range scripts {
		offer.Layouts = append(offer.Layouts, s.Name)
	}
	return offer
}

// objects are those of the platform; a note is named for its incident.
func (p *panel) objects() []slacktest.Object {
	objects := []slacktest.Object{{Name: "incident"}, {Name: "note", Text: true}, {Name: "task"}, {Name: "artifact"}}
	add := func(at, id int, name string) {
		objects[at].Samples = append(objects[at].Samples, slacktest.Sample{Name: sampleName(id, name)})
	}
	for _, i := range p.platform.Incidents() {
		add(0, i.ID, i.Name)
		add(1, i.ID, i.Name)
	}
	for _, t := range resilienttest.Tasks() {
		add(2, t.ID, t.Name)
	}
	for _, a := range resilienttest.Artifacts() {
		add(3, a.ID, a.Value)
	}
	return objects
}

func sampleName(id int, text string) string {
	const limit = 60
	name := []rune(strings.Join(strings.Fields(text), " "))
	if len(name) > limit {
		name = append(name[:limit], '…')
	}
	return fmt.Sprintf("%d %s", id, string(name))
}

// Send runs the workflow for an object.
func (p *panel) Send(ctx context.Context, o slacktest.Order) error {
	order := resilienttest.Order{Object: o.Object, Formatter: o.Layout}
	if o.Object == "note" {
		return p.sendNote(ctx, order, o.Text)
	}
	for _, object := range p.Offer().Objects {
		if object.Name == o.Object && slices.ContainsFunc(object.Samples, func(s slacktest.Sample) bool { return s.Name == o.Sample }) {
			_, err := fmt.Sscan(o.Sample, &order.ID)
			if err != nil {
				return err
			}
			_, err = p.play(ctx, order)
			return err
		}
	}
	return fmt.Errorf("there is no %s %q", o.Object, o.Sample)
}

// play plays an order. An incident begins a new thread: in the platform it would
// still know the old one, and the message would go there.
func (p *panel) play(ctx context.Context, o resilienttest.Order) (*resilienttest.Run, error) {
	if i, ok := p.platform.Incident(o.ID); ok && o.Object == "incident" {
		i.Properties = nil
		p.platform.PutIncident(i)
	}
	return p.platform.Play(ctx, o)
}

// sendNote adds a note to the incident that was sent last.
func (p *panel) sendNote(ctx context.Context, o resilienttest.Order, text string) error {
	for _, run := range p.platform.Runs() {
		if run.Workflow == resilienttest.WorkflowMessage && run.State == resilienttest.Completed {
			o.ID = run.Incident
		}
	}
	o.Author, o.HTML = author, strings.TrimSpace(text)
	switch {
	case o.HTML == "":
		return errors.New("the note is empty: write something")
	case o.ID == 0:
		return errors.New("send an incident first")
	case o.HTML[0] != '<':
		o.HTML = "<div>" + strings.ReplaceAll(html.EscapeString(o.HTML), "\n", "<br>") + "</div>"
	}
	run, err := p.platform.Play(ctx, o)
	if err == nil && run == nil {
		err = errors.New("the incident has no thread in Slack yet")
	}
	return err
}

// Actions are the runs of the platform.
func (p *panel) Actions() ([]slacktest.Action, <-chan struct{}) {
	changed := p.platform.Changed() // before looking, so that nothing is missed
	var list []slacktest.Action
	for _, run := range p.platform.Runs() {
		list = append(list, p.action(run))
	}
	return list, changed
}

func (p *panel) action(run resilienttest.RunStatus) slacktest.Action {
	titles := map[string]string{
		"incident": "Create Slack Message", "note": "Create Slack Reply", "task": "Slack message for a task", "artifact": "Slack message for an artifact",
	}
	states := map[resilienttest.State]slacktest.ActionState{
		resilienttest.Running:   slacktest.ActionRunning,
		resilienttest.Completed: slacktest.ActionDone,
		resilienttest.Failed:    slacktest.ActionFailed,
	}
	r := resultsOf(run)
	a := slacktest.Action{
		ID: fmt.Sprint(run.ID), Title: titles[run.Order.Object], Begun: run.Started, State: states[run.State],
		Layout: r.Formatter, Channel: r.Channel, TS: r.TS,
	}
	for _, object := range p.objects() {
		for _, s := range object.Samples {
			if id, _, _ := strings.Cut(s.Name, " "); object.Name == run.Order.Object && id == fmt.Sprint(run.Order.ID) {
				a.Subject = s.Name
			}
		}
	}
	if a.State == slacktest.ActionDone && otherLayout(run, r) {
		a.State = slacktest.ActionOther
	}
	for i, step := range run.Steps {
		entry := slacktest.ActionEntry{Time: step.Time, Text: step.Text}
		if i == len(run.Steps)-1 {
			entry.Detail = run.Results
		}
		a.Entries = append(a.Entries, entry)
	}
	return a
}

// otherLayout reports whether a message went out in another layout than the one
// that was asked for, or than the one that its script's file has now.
func otherLayout(run resilienttest.RunStatus, r results) bool {
	if asked := run.Order.Formatter; asked != "" && asked != r.Formatter {
		return true
	}
	if len(run.Steps) == 0 {
		return false
	}
	text := run.Steps[0].Text
	return strings.HasPrefix(text, "Rendered in the classic layout, because") ||
		strings.Contains(text, "this is its last good version") || strings.Contains(text, "(the script was passed over)")
}

// results are what the function answers.
type results struct {
	Channel   string `json:"channel"`
	TS        string `json:"ts"`
	Formatter string `json:"formatter"`
	Permalink string `json:"permalink"`
	Skipped   string `json:"skipped"`
}

// resultsOf are empty until there are some.
func resultsOf(run resilienttest.RunStatus) (r results) {
	_ = json.Unmarshal(run.Results, &r)
	return r
}

// begin tells the panel of the service's scripts.
func (p *panel) begin(r *render.Renderer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renderer = r
}

// Scripts are those of the service.
func (p *panel) Scripts() ([]slacktest.Script, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.renderer == nil {
		return nil, nil
	}
	set := p.renderer.Engine().Scripts()
	if set != p.seen {
		p.seen, p.samples = set, p.samplesOf(set)
	}
	var list []slacktest.Script
	for _, st := range set.Status() {
		s := slacktest.Script{Name: st.Name, State: string(st.State), Samples: p.samples[st.Name]}
		if info, err := os.Stat(filepath.Join(p.scripts, st.Name)); err == nil {
			s.Changed = info.ModTime()
		}
		if script := set.Script(st.Name); script != nil {
			s.Notes = append(render.Hints(script), p.unknown[st.Name]...)
		}
		if st.Err != nil {
			s.Problem = st.Err.Detail()
		}
		list = append(list, s)
	}
	return list, set.Replaced()
}

// samplesOf are the names of the samples of each script.
func (p *panel) samplesOf(set *engine.Set) map[string][]string {
	ctx := context.Background() // all of this is bounded by the engine
	folder, err := engine.ReadFolder(ctx, p.scripts, 0)
	if err != nil {
		return nil // the set tells of it
	}
	names, inside := map[string][]string{}, map[*engine.Script][]string{}
	p.unknown = map[string][]string{}
	checker := sample.Checker{Renderer: p.renderer, Folder: folder, Dir: p.scripts}
	for _, st := range set.Status() {
		for _, file := range sample.Files(folder, st.Name) {
			names[st.Name] = append(names[st.Name], filepath.Base(file))
		}
		script := set.Script(st.Name)
		if script == nil {
			continue
		}
		exported, known := p.inside[script]
		if !known {
			list, _ := checker.Exported(ctx, script) // an error is that of its render
			for _, s := range list {
				exported = append(exported, s.Name)
			}
		}
		inside[script] = exported
		p.unknown[st.Name] = checker.Unknown(ctx, script)
		names[st.Name] = append(names[st.Name], exported...)
	}
	p.inside = inside
	return names
}
