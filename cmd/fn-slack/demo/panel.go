package demo

import (
	"cmp"
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
	"github.com/fn-slack/fn-slack/processor/resilient"
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
	seen     *engine.Set      // that samples and hints are of
	samples  map[string][]string
	hints    map[string][]string
	known    map[*engine.Script]inside // of scripts, which never change
	// overtaken are hints at scripts of which others take a sample, and news is
	// closed when they are others, or the scripts are.
	overtaken []string
	news      chan struct{}
}

// inside is what is known of a script when it has been tried.
type inside struct{ samples, hints []string }

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
	p.offerChanges(&offer)
	scripts, _ := p.Scripts()
	for _, s := range scripts {
		if s.State != missing {
			offer.Layouts = append(offer.Layouts, s.Name)
		}
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
	if o.Object == "incident" {
		if _, err := p.platform.ChangeIncident(ctx, o.ID, func(i *resilienttest.Incident) { delete(i.Properties, slackID) }); err != nil {
			return nil, err
		}
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
	o.Author, o.HTML = author, asHTML(text)
	switch {
	case o.HTML == "":
		return errors.New("the note is empty: write something")
	case o.ID == 0:
		return errors.New("send an incident first")
	}
	run, err := p.platform.Play(ctx, o)
	if err == nil && run == nil {
		err = errors.New("the incident has no thread in Slack yet")
	}
	return err
}

// asHTML is what the platform's editor makes of a text; what begins with < is that
// already.
func asHTML(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || text[0] == '<' {
		return text
	}
	return "<div>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</div>"
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
		resilienttest.WorkflowMessage: "Create Slack Message", resilienttest.WorkflowReply: "Create Slack Reply", resilient.UpdateWorkflow: "Update Slack Message",
		"slack_message_for_task": "Slack message for a task", "slack_message_for_artifact": "Slack message for an artifact",
	}
	states := map[resilienttest.State]slacktest.ActionState{
		resilienttest.Running:   slacktest.ActionRunning,
		resilienttest.Completed: slacktest.ActionDone,
		resilienttest.Failed:    slacktest.ActionFailed,
	}
	r := resultsOf(run)
	a := slacktest.Action{
		ID: fmt.Sprint(run.ID), Title: cmp.Or(run.Order.Rule, titles[run.Workflow]), Begun: run.Started, State: states[run.State],
		Layout: r.Formatter, Channel: r.Channel, TS: r.TS,
	}
	about, id := run.Order.Object, run.Order.ID
	if about == "attachment" {
		about, id = "incident", run.Incident
	}
	for _, object := range p.objects() {
		for _, s := range object.Samples {
			if number, _, _ := strings.Cut(s.Name, " "); object.Name == about && number == fmt.Sprint(id) {
				a.Subject = s.Name
			}
		}
	}
	if a.State == slacktest.ActionDone {
		a.State = doneBy(run, r)
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

// doneBy tells whether a message went out in the layout that was asked for, and as
// the file of that has it now.
func doneBy(run resilienttest.RunStatus, r results) slacktest.ActionState {
	said := ""
	if len(run.Steps) > 0 {
		said = run.Steps[0].Text
	}
	asked := run.Order.Formatter
	switch {
	case asked != "" && asked != r.Formatter, r.Formatter == render.Classic, strings.Contains(said, "(the script was passed over)"):
		return slacktest.ActionOther
	case strings.Contains(said, "; it is stale, "):
		return slacktest.ActionStale
	}
	return slacktest.ActionDone
}

// results are what the function answers.
type results struct {
	Channel   string `json:"channel"`
	TS        string `json:"ts"`
	Formatter string `json:"formatter"`
	Permalink string `json:"permalink"`
	Skipped   string `json:"skipped"`

	Changed []string `json:"changed"` // labels
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
		p.tell()
		p.seen, p.news = set, make(chan struct{})
		p.look(set)
		go p.await(set.Replaced(), p.news)
	}
	var list []slacktest.Script
	for _, st := range set.Status() {
		s := slacktest.Script{Name: st.Name, State: string(st.State), Samples: p.samples[st.Name], Notes: slices.Concat(p.hints[st.Name], p.hintsAt(st.Name))}
		if info, err := os.Stat(filepath.Join(p.scripts, st.Name)); err == nil {
			s.Changed = info.ModTime()
		}
		if st.Err != nil {
			s.Problem = st.Err.Detail()
		}
		list = append(list, s)
	}
	if why := render.WithoutDefault(set); why != "" {
		list = append(list, slacktest.Script{Name: "default.js", State: missing, Notes: []string{why}})
	}
	if err := set.Problem(); err != nil {
		list = append(list, slacktest.Script{Name: filepath.Base(p.scripts), State: missing, Problem: err.Error()})
	}
	return list, p.news
}

// hintsAt are those of the hints that are about a script.
func (p *panel) hintsAt(script string) (hints []string) {
	for _, hint := range p.overtaken {
		if strings.HasPrefix(hint, script+": ") {
			hints = append(hints, hint)
		}
	}
	return hints
}

// await ends the news of a set when there is a newer one.
func (p *panel) await(replaced <-chan struct{}, news chan struct{}) {
	<-replaced
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.news == news {
		p.tell()
	}
}

// tell has everybody look again; p.mu is held.
func (p *panel) tell() {
	if p.news != nil {
		close(p.news)
		p.news, p.seen = nil, nil
	}
}

// overtake takes over the hints at scripts that others overtake.
func (p *panel) overtake(hints []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Equal(hints, p.overtaken) {
		return
	}
	p.overtaken = hints
	p.tell()
}

// missing is the state of what is in the list because it should be in the folder.
const missing = "missing"

// look finds the samples of each script of a set, and what there is to say of it
// though it is live.
func (p *panel) look(set *engine.Set) {
	ctx := context.Background() // all of this is bounded by the engine
	p.samples, p.hints = map[string][]string{}, map[string][]string{}
	folder, err := engine.ReadFolder(ctx, p.scripts, 0)
	if err != nil {
		return // the set tells of it
	}
	known := map[*engine.Script]inside{}
	checker := sample.Checker{Renderer: p.renderer, Folder: folder, Dir: p.scripts}
	for _, st := range set.Status() {
		for _, file := range sample.Files(folder, st.Name) {
			p.samples[st.Name] = append(p.samples[st.Name], filepath.Base(file))
		}
		script := set.Script(st.Name)
		if script == nil {
			continue
		}
		in, ok := p.known[script]
		if !ok {
			exported, _ := checker.Exported(ctx, script) // an error is that of its render
			for _, s := range exported {
				in.samples = append(in.samples, s.Name)
			}
			in.hints, _ = checker.Try(ctx, script) // it has passed
		}
		known[script] = in
		p.samples[st.Name] = append(p.samples[st.Name], in.samples...)
		p.hints[st.Name] = slices.Concat(in.hints, checker.Unknown(ctx, script))
	}
	p.known = known
}
