package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// longestLoad bounds one look at the folder: a folder of scripts that each take
// their whole time must not keep a mended one waiting for ever. What it did not
// come to is next.
const longestLoad = time.Minute

// maxBundles bounds what all scripts together hold in memory as bundles, in
// bytes.
const maxBundles = 32 << 20

// loader turns what is in the folder into Sets. Its methods are called by one
// goroutine at a time, but for refresh.
type loader struct {
	e       *Engine
	store   store
	folders []string // to watch, as the last reload found them
	// newWatcher is fsnotify's; a test has one that fails.
	newWatcher func() (*fsnotify.Watcher, error)
	problem    error // of the folder as a whole

	mu      sync.Mutex // while scripts are loaded side by side
	entries map[string]*entry
	again   time.Time // when a reload is due even if nothing changes; zero: never
}

// entry is what is known of one script name.
type entry struct {
	live    *Script // the version in use, nil where there never was a good one
	since   time.Time
	proof   string       // of live
	kept    string       // the proof of what is on disk
	prove   time.Time    // when live, which was good before a restart, is put to the test again; zero: it was
	err     *ScriptError // why the file is not live
	wrong   string       // sum of the text that the log has called wrong
	refused bool         // the log has said so
	tried   string       // snapshot that err is about
	missing time.Time    // since when the file is gone
}

func newLoader(e *Engine) (*loader, error) {
	st, err := newStore(e.config)
	if err != nil {
		return nil, err
	}
	return &loader{e: e, store: st, newWatcher: fsnotify.NewWatcher, entries: map[string]*entry{}}, nil
}

// reload reads the folder, brings live what has changed and is good, and swaps
// the Set.
func (l *loader) reload(ctx context.Context) {
	l.again = time.Time{}
	snap, err := ReadFolder(ctx, l.e.config.Dir, l.e.config.Limits.Source)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		// What was good stays: a network mount may be back in a moment.
		l.folderProblem("the scripts folder cannot be read", "the last good scripts stay", err)
		l.publish("")
		return
	}
	l.folders = snap.folders
	if snap.missing {
		l.folderProblem("the scripts folder does not exist yet", "the built-in layout is used meanwhile", nil)
	} else {
		l.problem = nil
	}
	all := snap.scripts()
	names := all
	if only := l.e.config.Only; only != nil {
		names = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(only, name) })
	}
	l.refreshAll(ctx, names, snap)
	if ctx.Err() != nil {
		return
	}
	var removed []string
	for name, en := range l.entries {
		if !slices.Contains(names, name) && l.gone(name, en, snap.missing) {
			removed = append(removed, name)
		}
	}
	if !snap.missing {
		l.forget(all)
	}
	l.publish(snap.sum)
	for _, name := range removed { // who is told finds the others by Scripts
		l.e.config.Log.Info("script removed", "script", name)
		l.e.tell(Event{Kind: EventRemoved, Script: name})
	}
	l.keep()
}

// folderProblem tells once of a problem with the folder as a whole.
func (l *loader) folderProblem(what, meanwhile string, err error) {
	problem, attrs := errors.New(what), []any{"folder", l.e.config.Dir}
	if err != nil {
		problem, attrs = fmt.Errorf("%s: %w", what, err), append(attrs, "err", err)
	}
	if l.problem != nil && l.problem.Error() == problem.Error() {
		return
	}
	l.problem = problem
	l.e.config.Log.Warn(what+", "+meanwhile, attrs...)
	l.e.tell(Event{Kind: EventRefused, Err: problem})
}

// refreshAll loads what is due, as many side by side as messages are rendered. What
// was good before a restart has time: one after the other.
func (l *loader) refreshAll(ctx context.Context, names []string, snap *Snapshot) {
	var due []string
	sideBySide := 1
	for _, name := range names {
		if en := l.entry(name); l.due(name, en, snap) {
			due = append(due, name)
			if en.prove.IsZero() {
				sideBySide = l.e.config.MaxWorkers
			}
		}
	}
	end, rest := time.Now().Add(longestLoad), ""
	var group sync.WaitGroup
	turns := make(chan struct{}, sideBySide)
	for _, name := range due {
		turns <- struct{}{}
		if time.Now().After(end) {
			rest = name
			break
		}
		group.Go(func() {
			defer func() { <-turns }()
			l.refresh(ctx, name, snap)
		})
	}
	group.Wait()
	if rest != "" {
		l.look(time.Now())
		l.e.config.Log.Warn("loading the scripts takes long, the rest is next", "from", rest, "longer_than", longestLoad)
	}
}

// entry is what is known of a script whose file is there.
func (l *loader) entry(name string) *entry {
	en := l.entries[name]
	if en == nil {
		en = &entry{}
		l.entries[name] = en
	}
	en.missing = time.Time{}
	return en
}

// due reports whether a file that is there is to be loaded. A live script is made
// again when one of the files that it is made of changes, a broken one when anything
// in the folder does: its mistake may lie in an import or in a sample.
func (l *loader) due(name string, en *entry, snap *Snapshot) bool {
	switch {
	case en.err != nil:
		return en.tried != snap.sum // else it is as broken as before
	case en.live == nil:
		return !l.takeKept(name, en, snap)
	case !en.live.unchanged(snap):
		return true
	case en.prove.IsZero():
		return false
	case time.Now().Before(en.prove):
		l.look(en.prove)
		return false
	}
	return true
}

// look sees to it that there is a reload at t.
func (l *loader) look(t time.Time) {
	if l.again.IsZero() || t.Before(l.again) {
		l.again = t
	}
}

// refresh loads one file. It may be called for several at a time.
func (l *loader) refresh(ctx context.Context, name string, snap *Snapshot) {
	if ctx.Err() != nil {
		return
	}
	start := time.Now()
	s, err := l.candidate(ctx, name, snap)
	l.mu.Lock()
	defer l.mu.Unlock()
	en := l.entries[name]
	if err == nil {
		err = l.fits(s)
	}
	var broken *ScriptError
	if err != nil && !errors.As(err, &broken) {
		if ctx.Err() == nil {
			l.e.config.Log.Error("script cannot be loaded now", "script", name, "err", err)
			l.look(time.Now().Add(time.Second))
		}
		if en.live == nil && en.err == nil {
			en.err = &ScriptError{Kind: wire.KindCrash, Script: name, File: l.file(name), Message: err.Error()}
		}
		return
	}
	en.tried, en.prove = snap.sum, time.Time{}
	if broken == nil {
		l.goLive(en, s, l.proof(s, snap), start)
		return
	}
	if broken.Kind == wire.KindTimeout {
		en.tried = "" // the machine may have been too busy: the next look tries again
	}
	// Who saves another text waits for word, also where the mistake is the same.
	text := sum(snap.files[name])
	news := en.err == nil || en.err.Error() != broken.Error() || en.wrong != text
	en.err, en.wrong = broken, text
	if news && en.live == nil {
		l.restore(ctx, name, en, snap)
	}
	if news {
		en.refused = true
		attrs := []any{"script", name, "state", en.state(), "err", broken.Error()}
		if broken.Excerpt != "" {
			attrs = append(attrs, "excerpt", broken.Excerpt)
		}
		if broken.Hint != "" {
			attrs = append(attrs, "hint", broken.Hint)
		}
		l.e.config.Log.Error("script refused", attrs...)
		l.e.tell(Event{Kind: EventRefused, Script: name, Err: broken, Took: time.Since(start)})
	}
}

// goLive takes a version that has passed, which was begun at start.
func (l *loader) goLive(en *entry, s *Script, proof string, start time.Time) {
	refused := en.refused
	en.err, en.refused, en.proof = nil, false, proof
	if en.live == nil || en.live.SHA256 != s.SHA256 {
		en.live, en.since = s, time.Now()
		l.tellLive(s, "script live", start)
	} else if refused { // what was told is over
		l.tellLive(s, "script live again", start)
	}
}

func (l *loader) tellLive(s *Script, how string, start time.Time) {
	took := time.Since(start)
	l.e.config.Log.Info(how, "script", s.Name, "sha256", s.SHA256[:12], "took", took)
	l.e.tell(Event{Kind: EventLive, Script: s.Name, SHA256: s.SHA256, Took: took})
}

// candidate makes a script of a file and puts it to the test.
func (l *loader) candidate(ctx context.Context, name string, snap *Snapshot) (*Script, error) {
	if why, ok := snap.unusable[name]; ok {
		return nil, &ScriptError{Kind: wire.KindSource, Script: name, File: l.file(name), Message: why}
	}
	s := &Script{Name: name, File: l.file(name)}
	if err := l.e.load(ctx, s, snap); err != nil {
		return nil, err
	}
	if err := l.check(ctx, s, snap); err != nil {
		return nil, err
	}
	return s, nil
}

// fits refuses a script that is too large beside all others that are live.
func (l *loader) fits(s *Script) error {
	total := s.bundle.Size()
	for name, en := range l.entries {
		if en.live != nil && name != s.Name {
			total += en.live.bundle.Size()
		}
	}
	if total <= maxBundles {
		return nil
	}
	return &ScriptError{Kind: wire.KindSource, Script: s.Name, File: s.File, Message: fmt.Sprintf("all scripts together become %d bytes, more than the limit of %d", total, maxBundles)}
}

func (l *loader) check(ctx context.Context, s *Script, snap *Snapshot) error {
	if l.e.config.Check == nil {
		return nil
	}
	err := l.e.config.Check(ctx, l.e, s, snap)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if broken := new(ScriptError); errors.As(err, &broken) {
		return broken
	}
	return &ScriptError{Kind: wire.KindCheck, Script: s.Name, File: s.File, Message: err.Error()}
}

// gone looks at a script whose file is not there, and reports whether it is removed
// now. Where the whole folder is missing, a mount may be late, and what is kept on
// disk stays.
func (l *loader) gone(name string, en *entry, folderMissing bool) bool {
	now := time.Now()
	if en.missing.IsZero() {
		en.missing = now
		en.err = &ScriptError{Kind: wire.KindSource, Script: name, File: l.file(name), Message: "the file is gone"}
		en.tried = ""
	}
	grace := l.e.config.Grace
	if folderMissing {
		grace = max(grace, folderGrace)
	}
	if end := en.missing.Add(grace); en.live != nil && now.Before(end) {
		l.look(end)
		return false
	}
	delete(l.entries, name)
	if !folderMissing {
		if err := l.store.remove(name); err != nil {
			l.e.config.Log.Error("the last good version of a script cannot be removed", "script", name, "err", err)
		}
	}
	return true
}

// publish has everybody use what is known now of a folder with that sum.
func (l *loader) publish(sum string) {
	scripts := map[string]*Script{}
	var status []Status
	for name, en := range l.entries {
		st := Status{Name: name, State: en.state(), Err: en.err}
		if en.live != nil {
			scripts[name] = en.live
			st.SHA256, st.Since = en.live.SHA256, en.since
		}
		status = append(status, st)
	}
	set := newSet(scripts, status, l.problem, sum)
	if before := l.e.set.Load(); !before.same(set) {
		l.e.set.Store(set)
		close(before.replaced)
	}
}

func (en *entry) state() State {
	switch {
	case en.live == nil:
		return StateBroken
	case en.err != nil:
		return StateStale
	}
	return StateLive
}

func (l *loader) file(name string) string {
	return path.Join(filepath.Base(l.e.config.Dir), name)
}

// unchanged reports whether the folder still holds what the script is made of.
func (s *Script) unchanged(snap *Snapshot) bool {
	for name, text := range s.bundle.Texts {
		if snap.files[name] != text {
			return false
		}
	}
	return true
}
