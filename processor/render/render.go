package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Classic is the name under which the built-in layout appears in results and logs.
const Classic = "classic"

// defaultScript, with any of the endings of scripts, takes what no other
// script's match takes.
const defaultScript = "default"

// IsDefault reports whether a script of that file name is the default one.
func IsDefault(name string) bool {
	return strings.TrimSuffix(name, filepath.Ext(name)) == defaultScript
}

// Config says how a Renderer works.
type Config struct {
	Engine   *engine.Engine
	Options  formatters.Options // OrgID is for calls with slack_text
	Username string             // the author's name where a call has none; "" leaves it to Slack
	Seen     *Seen              // gets to know the labels of calls; nil is nobody

	// Fail makes a failed script fail the call. Otherwise the message goes out
	// in the classic layout.
	Fail bool

	// FailUnreadable makes slack_details that cannot be read to their end fail
	// the call. Otherwise the message goes out in the classic layout, with what
	// was read and the rest as it stands.
	FailUnreadable bool
}

// Renderer is safe for use by many goroutines at once.
type Renderer struct {
	cfg      Config
	options  map[bool]formatters.Options // true are those of calls with slack_text
	settings map[bool]string             // JSON of what the driver needs of the options
	hosts    []string                    // of the platform

	folder atomic.Pointer[folder]
	slips  slips
}

// New returns a Renderer. The engine's Config.Check may call the Renderer.
func New(cfg Config) *Renderer {
	first, later := cfg.Options, cfg.Options
	first.OrgID, later.Lists = 0, true
	return &Renderer{
		cfg:      cfg,
		options:  map[bool]formatters.Options{false: first, true: later},
		settings: map[bool]string{false: settingsOf(first), true: settingsOf(later)},
		hosts:    hostsOf(cfg.Options.BaseURL),
	}
}

// Engine is the Renderer's engine.
func (r *Renderer) Engine() *engine.Engine { return r.cfg.Engine }

// Location is the zone of the times in texts; nil is UTC.
func (r *Renderer) Location() *time.Location { return r.cfg.Options.Location }

// Seen are the labels of recent calls; nil where nobody keeps them.
func (r *Renderer) Seen() *Seen { return r.cfg.Seen }

// Request is one call to be rendered.
type Request struct {
	Call   resilient.Call
	ID     string         // the delivery: random numbers of the scripts follow from it
	Time   time.Time      // what the scripts take for now
	Script *engine.Script // render with this one and no other; nil chooses as the service does
	Anew   bool           // a message of the incident that stands in Slack is shown anew
	Before string         // what that shows, as package card writes it; "" where nobody knows
	Asked  bool           // Script takes the call whatever its match says, but a match that fails is an error
}

// Rendered is what is to be posted, and what a person should know of it.
type Rendered struct {
	Messages []blockkit.Message // the first, then what continues it in its thread; none when Skip is set
	Script   string             // the file name of the script, or Classic
	Card     Card               // what Messages show of the incident; nothing of it in replies
	Home     string             // the call's own channel, where the script has chosen another; "" with Config.Fail
	Room     *Room              // says more of the call's own channel, where that may be posted to; nil with slack_details
	Skip     string             // why the script wants nothing to be posted; "" posts
	Notes    []string           // what was left out, escaped or fitted, one sentence each
	Inputs   []string           // those of Notes that tell of what the workflow wrote into its inputs
	Passed   []error            // scripts that were passed over because they failed before they took the call; Notes tell of them
	Slips    []string           // probable slips of Script in the message, each once, without a word of the call; not for samples
	Failed   error              // why the classic layout stands in for the one that was chosen; nil when it does not
	Console  []engine.Line      // what the scripts wrote to the console
	Archive  []string           // the lines of a history's text, which package sample has made; then there are no Messages
}

// Render makes the messages of one call. An error is a join of
// *resilient.InputError; that all fields are empty; a *details.Error where nothing
// in slack_details can be shown or, with Config.FailUnreadable, read; or, with Config.Fail, a
// *engine.ScriptError or *InvalidError. Each knows its kind.
func (r *Renderer) Render(ctx context.Context, req Request) (Rendered, error) {
	in, err := readInputs(req.Call, r.cfg.Username)
	slips := misspelt(req.Call.Inputs)
	if err != nil {
		for _, slip := range slips {
			err = fmt.Errorf("%w; %s", err, slip)
		}
		return Rendered{}, err
	}
	in.update, in.before = req.Anew, req.Before
	if req.Before != "" {
		if s, err := card.Read(req.Before); err == nil {
			in.was = &s
		}
	}
	list, notes, err := in.details()
	fields := r.options[in.layout.Titled].Fields(list)
	notes = append(notes, slips...)
	out := Rendered{Notes: slices.Clone(notes), Inputs: notes, Room: in.room}
	var unread *details.Error
	if errors.As(err, &unread) {
		return r.unreadable(ctx, in, fields, unread, out)
	}

	if req.Script == nil { // else it is a sample
		r.cfg.Seen.Note(list)
	}
	if in.layout.Beside && in.layout.Text(fields) == "" { // a file needs no comment
		out.Script, out.Skip = Classic, "slack_text has nothing to show"
		return out, nil
	}
	script, err := r.layout(ctx, req, in, fields, &out)
	if err != nil && ctx.Err() != nil {
		return Rendered{}, ctx.Err()
	}
	if err != nil || script == nil {
		if in.layout.Text(fields) == "" {
			// That a script has failed over it is no fault of the script's.
			why := "nothing to post: all fields are empty"
			if len(fields) == 0 {
				why = "nothing to post: " + in.source + " has no fields"
			}
			return Rendered{}, failure{errors.New(why), kind.Input, why}
		}
		if err != nil && r.cfg.Fail {
			return Rendered{}, withKind(err)
		}
		script, out.Failed = nil, err
		if err := r.classic(in, fields, &out); err != nil {
			return Rendered{}, err
		}
	}
	if script != nil && req.Script == nil && len(out.Messages) > 0 {
		out.Slips = r.slips.in(req.Call, script, out.Messages[0])
	}
	out.Notes = append(out.Notes, r.fieldNotes(ctx, script, in.source, fields)...)
	return out, nil
}

// classic lays the message out without a script.
func (r *Renderer) classic(in inputs, fields []formatters.Field, out *Rendered) (err error) {
	m := in.layout.Lay(in.base, fields, nil)
	out.Script, out.Skip, out.Home, out.Room, out.Card = Classic, "", "", in.room, Card{}
	origin := r.origin(in, fields, nil, nil)
	out.Messages, err = finish(in.short(m, in.source, &out.Notes), new(blockkit.Trees), origin, Classic, &out.Notes)
	if err != nil || in.base.ThreadTS != "" {
		return err
	}
	out.Card.show(values(fields, nil, nil), in.was)
	if reply := replyTo(in, told(out.Card.Changes, nil)); reply != nil {
		out.Card.Reply, err = finish(*reply, new(blockkit.Trees), origin, Classic, &out.Notes)
	}
	return err
}

// Plain is the classic layout of a call as text alone, for a message whose blocks
// Slack has refused by a rule that is not known here. It is nil with Config.Fail.
func (r *Renderer) Plain(call resilient.Call) ([]blockkit.Message, error) {
	if r.cfg.Fail {
		return nil, nil
	}
	in, err := readInputs(call, r.cfg.Username)
	if err != nil {
		return nil, err
	}
	list, _, err := in.details()
	if err != nil {
		return nil, err
	}
	fields := r.options[in.layout.Titled].Fields(list)
	m := in.base
	m.Text = in.layout.Text(fields)
	return finish(m, new(blockkit.Trees), r.origin(in, fields, nil, nil), Classic, new([]string))
}

// fieldNotes are what is odd about fields, but for types that only the script
// knows. script is nil for the classic layout.
func (r *Renderer) fieldNotes(ctx context.Context, script *engine.Script, source string, fields []formatters.Field) (notes []string) {
	for _, f := range fields {
		if f.Note == "" {
			continue
		}
		if script != nil && !formatters.Known(f.Type) {
			d, err := r.description(ctx, script)
			if err == nil && (slices.Contains(d.Types, f.Type) || slices.Contains(d.Fields, f.Label)) {
				continue
			}
		}
		notes = append(notes, fmt.Sprintf("%q in %s: %s", f.Label, source, f.Note))
	}
	return notes
}

// layout lets the scripts make the message, and returns the one that did; nil
// when no script takes the call.
func (r *Renderer) layout(ctx context.Context, req Request, in inputs, fields []formatters.Field, out *Rendered) (*engine.Script, error) {
	scripts, chosen, err := r.candidates(ctx, req, in.formatter, out)
	if err != nil {
		return nil, err
	}
	trees := new(blockkit.Trees)
	script, laid, err := r.laidOut(ctx, req, in, fields, scripts, chosen, trees, out)
	if err != nil {
		return nil, err
	}
	m := laid.message
	if script == nil {
		return nil, r.noDefault()
	}
	if out.Skip != "" {
		return script, nil
	}
	switch {
	case m.Channel == in.base.Channel:
	case r.cfg.Fail:
		out.Room = nil
	default:
		out.Home = cmp.Or(in.base.Channel, "the channel of the incident")
	}
	notes := out.Notes
	origin := r.origin(in, fields, script, laid.made)
	if out.Messages, err = finish(in.short(m, "the text of "+script.Name, &notes), trees, origin, script.File, &notes); err == nil && laid.reply != nil {
		out.Card.Reply, err = finish(*laid.reply, trees, origin, script.File+" (reply)", &notes)
	}
	if err == nil {
		out.Notes = notes // of a message that is not posted they would mislead
	}
	if invalid := new(InvalidError); errors.As(err, &invalid) {
		for _, v := range invalid.Violations {
			said, _, _ := strings.Cut(v.Message, ", want ") // behind it are words of Slack's
			_, quoted, _ := strings.Cut(said, `"`)
			name, _, _ := strings.Cut(quoted, `"`)
			invalid.At = append(invalid.At, script.Mention(name))
		}
	}
	return script, err
}

// run has scripts run by the engine, and returns what the one that takes the call
// made of it. With more there is one behind them.
func (r *Renderer) run(ctx context.Context, req Request, in inputs, fields []formatters.Field, scripts []*engine.Script, more, chosen bool, out *Rendered) (engine.Result, error) {
	fields, cut := given(fields)
	input, texts := scriptInput(req.Call, in, fields, chosen, req.Asked, r.settings[in.layout.Titled])
	result, err := r.cfg.Engine.Render(ctx, engine.Request{Scripts: scripts, More: more, Input: input, Texts: texts, Time: req.Time, Seed: req.ID})
	out.Console = result.Console
	for _, passed := range result.Passed {
		// A script that would have taken the call in any case has failed, and so
		// has the only one; of others nobody knows.
		if req.Script != nil || chosen || IsDefault(passed.Script) {
			return engine.Result{}, passed
		}
		out.Passed = append(out.Passed, passed)
		out.Notes = append(out.Notes, passed.Error()+" (the script was passed over)")
	}
	if result.Script != nil {
		out.Notes = append(out.Notes, cut...)
	}
	return result, err
}

// relabelled are the fields under other labels, without those whose label is nil.
func relabelled(fields []formatters.Field, labels map[string]*string) []formatters.Field {
	if len(labels) == 0 {
		return fields
	}
	shown := make([]formatters.Field, 0, len(fields))
	for _, f := range fields {
		if label, ok := labels[f.Label]; ok && label == nil {
			continue
		} else if ok {
			f.Label = *label
		}
		shown = append(shown, f)
	}
	return shown
}

// WithoutDefault says what takes the place of the default script; "" where there is
// one, whatever its state.
func WithoutDefault(set *engine.Set) string {
	if slices.ContainsFunc(set.Status(), func(st engine.Status) bool { return IsDefault(st.Name) }) {
		return ""
	}
	return "there is no " + defaultScript + ".js: calls that no other script takes go out in the built-in classic layout"
}

// noDefault is why there is no default script to take a call; nil where nobody
// has written one.
func (r *Renderer) noDefault() error {
	set := r.cfg.Engine.Scripts()
	if set.Script(defaultScript) != nil {
		return nil
	}
	for name, err := range set.Errors() {
		if IsDefault(name) {
			return err
		}
	}
	return nil
}

// candidates are the scripts to be tried, in order. chosen says that the one
// script there is was asked for by name, and takes the call without its match.
func (r *Renderer) candidates(ctx context.Context, req Request, name string, out *Rendered) (list []*engine.Script, chosen bool, err error) {
	if req.Script != nil {
		return []*engine.Script{req.Script}, req.Asked, nil
	}
	if name != "" {
		if s := r.cfg.Engine.Scripts().Script(name); s != nil {
			return []*engine.Script{s}, true, nil
		}
		missing := &resilient.InputError{Name: inputFormatter, Got: strconv.Quote(name), Want: "the name of a script in the scripts folder"}
		if r.cfg.Fail {
			return nil, false, missing
		}
		out.Notes = append(out.Notes, missing.Error()+"; the layout was chosen as without it")
	}
	return r.unasked(ctx), false, nil
}

// finish makes a message safe and fit to be posted. where is named in errors.
func finish(m blockkit.Message, trees *blockkit.Trees, origin *blockkit.Origin, where string, notes *[]string) ([]blockkit.Message, error) {
	*notes = append(*notes, trees.Gate(&m, origin)...)
	// parse=full shows the text as it is written: a link or a mention that the
	// layout made would appear as its source.
	if m.Parse == "full" && strings.ContainsRune(m.Text, '<') {
		m.Parse = ""
	}
	list, fitted := trees.Fit(m)
	*notes = append(*notes, fitted...)
	for _, one := range list {
		if bad := trees.Validate(one); len(bad) > 0 {
			return nil, &InvalidError{Script: where, Violations: bad}
		}
	}
	return list, nil
}
