package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

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
// goroutine at a time.
type loader struct {
	e       *Engine
	store   store
	entries map[string]*entry
	folders []string  // to watch, as the last reload found them
	again   time.Time // when a reload is due even if nothing changes; zero: never
	problem error     // of the folder as a whole
}

// entry is what is known of one script name.
type entry struct {
	live    *Script // the version in use, nil where there never was a good one
	since   time.Time
	err     *ScriptError // why the file is not live
	refused bool         // the log has said so
	tried   string       // snapshot that err is about
	missing time.Time    // since when the file is gone
}

func newLoader(e *Engine) (*loader, error) {
	st, err := newStore(e.config.StateDir)
	if err != nil {
		return nil, err
	}
	return &loader{e: e, store: st, entries: map[string]*entry{}}, nil
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
		l.publish()
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
	end := time.Now().Add(longestLoad)
	for _, name := range names {
		if ctx.Err() != nil {
			return
		}
		if time.Now().After(end) {
			l.again = time.Now()
			l.e.config.Log.Warn("loading the scripts takes long, the rest is next", "from", name, "longer_than", longestLoad)
			break
		}
		l.refresh(ctx, name, snap)
	}
	for name, en := range l.entries {
		if !slices.Contains(names, name) {
			l.gone(name, en, snap.missing)
		}
	}
	if !snap.missing {
		l.forget(all)
	}
	l.publish()
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

// refresh looks at one file that is there. A live script is made again when one
// of the files that it is made of changes, a broken one when anything in the
// folder does: its mistake may lie in an import or in a sample.
func (l *loader) refresh(ctx context.Context, name string, snap *Snapshot) {
	en := l.entries[name]
	if en == nil {
		en = &entry{}
		l.entries[name] = en
	}
	en.missing = time.Time{}
	if en.live != nil && en.err == nil && en.live.unchanged(snap) {
		return
	}
	if en.err != nil && en.tried == snap.sum {
		return // it is as broken as before
	}
	start := time.Now()
	s, err := l.candidate(ctx, name, snap)
	var broken *ScriptError
	if err != nil && !errors.As(err, &broken) {
		if ctx.Err() == nil {
			l.e.config.Log.Error("script cannot be loaded now", "script", name, "err", err)
			l.again = time.Now().Add(time.Second)
		}
		if en.live == nil && en.err == nil {
			en.err = &ScriptError{Kind: wire.KindCrash, Script: name, File: l.file(name), Message: err.Error()}
		}
		return
	}
	en.tried = snap.sum
	if broken == nil {
		l.goLive(en, s, start)
		return
	}
	if broken.Kind == wire.KindTimeout {
		en.tried = "" // the machine may have been too busy: the next look tries again
	}
	news := en.err == nil || en.err.Error() != broken.Error()
	en.err = broken
	if news && en.live == nil {
		l.restore(ctx, name, en, snap)
	}
	if news {
		en.refused = true
		l.e.config.Log.Error("script refused", "script", name, "err", broken.Error(), "last_good", en.live != nil)
		l.e.tell(Event{Kind: EventRefused, Script: name, Err: broken, Took: time.Since(start)})
	}
}

// goLive takes a version that has passed, which was begun at start.
func (l *loader) goLive(en *entry, s *Script, start time.Time) {
	refused := en.refused
	en.err, en.refused = nil, false
	if en.live != nil && en.live.SHA256 == s.SHA256 {
		if refused { // what was told is over
			l.e.config.Log.Info("script live again", "script", s.Name, "sha256", s.SHA256[:12])
			l.e.tell(Event{Kind: EventLive, Script: s.Name, SHA256: s.SHA256, Took: time.Since(start)})
		}
		return
	}
	en.live, en.since = s, time.Now()
	if err := l.store.save(s, en.since); err != nil {
		l.e.config.Log.Error("the last good version of a script cannot be kept", "script", s.Name, "err", err)
	}
	took := time.Since(start)
	l.e.config.Log.Info("script live", "script", s.Name, "sha256", s.SHA256[:12], "took", took)
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
	if total := l.bundled(name) + s.bundle.Size(); total > maxBundles {
		return nil, &ScriptError{Kind: wire.KindSource, Script: name, File: l.file(name), Message: fmt.Sprintf("all scripts together become %d bytes, more than the limit of %d", total, maxBundles)}
	}
	if err := l.check(ctx, s, snap); err != nil {
		return nil, err
	}
	return s, nil
}

// bundled is the size in bytes of all live bundles but that of one script.
func (l *loader) bundled(but string) (total int) {
	for name, en := range l.entries {
		if en.live != nil && name != but {
			total += en.live.bundle.Size()
		}
	}
	return total
}

func (l *loader) check(ctx context.Context, s *Script, snap *Snapshot) error {
	if l.e.config.Check == nil {
		return nil
	}
	l.e.loading.Store(true)
	defer l.e.loading.Store(false)
	err := l.e.config.Check(ctx, l.e, s, snap)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if broken := new(ScriptError); errors.As(err, &broken) {
		return broken
	}
	return &ScriptError{Kind: wire.KindCheck, Script: s.Name, File: s.File, Message: err.Error()}
}

// restore brings the kept version of a script live whose file is broken when
// the service starts. It must pass as well: the program may be a newer one.
func (l *loader) restore(ctx context.Context, name string, en *entry, snap *Snapshot) {
	s, since, err := l.store.load(name, l.file(name))
	if s == nil && err == nil {
		return
	}
	if err == nil {
		err = l.e.load(ctx, s, nil)
	}
	if err == nil {
		err = l.check(ctx, s, snap)
	}
	if err != nil {
		l.e.config.Log.Error("the last good version of a script cannot be used", "script", name, "err", err)
		return
	}
	en.live, en.since = s, since
	l.e.tell(Event{Kind: EventRestored, Script: name, SHA256: s.SHA256})
}

// gone looks at a script whose file is not there. Where the whole folder is
// missing, a mount may be late, and what is kept on disk stays.
func (l *loader) gone(name string, en *entry, folderMissing bool) {
	now := time.Now()
	if en.missing.IsZero() {
		en.missing = now
		en.err = &ScriptError{Kind: wire.KindSource, Script: name, File: l.file(name), Message: "the file is gone"}
		en.tried = ""
	}
	if end := en.missing.Add(l.e.config.Grace); en.live != nil && now.Before(end) {
		if l.again.IsZero() || end.Before(l.again) {
			l.again = end
		}
		return
	}
	delete(l.entries, name)
	if !folderMissing {
		if err := l.store.remove(name); err != nil {
			l.e.config.Log.Error("the last good version of a script cannot be removed", "script", name, "err", err)
		}
	}
	l.e.config.Log.Info("script removed", "script", name)
	l.e.tell(Event{Kind: EventRemoved, Script: name})
}

// forget removes kept versions of scripts that are not in the folder any more.
func (l *loader) forget(names []string) {
	for _, name := range l.store.names() {
		if !slices.Contains(names, name) && l.entries[name] == nil {
			if err := l.store.remove(name); err != nil {
				l.e.config.Log.Error("the last good version of a script cannot be removed", "script", name, "err", err)
			}
		}
	}
}

func (l *loader) publish() {
	scripts := map[string]*Script{}
	var status []Status
	for name, en := range l.entries {
		st := Status{Name: name, State: StateLive, Err: en.err}
		if en.live != nil {
			scripts[name] = en.live
			st.SHA256, st.Since = en.live.SHA256, en.since
		}
		switch {
		case en.live == nil:
			st.State = StateBroken
		case en.err != nil:
			st.State = StateStale
		}
		status = append(status, st)
	}
	before := l.e.set.Swap(newSet(scripts, status, l.problem))
	close(before.replaced)
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
