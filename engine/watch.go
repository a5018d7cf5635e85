package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// longestWait ends the waiting in a storm of saves.
	longestWait = time.Second
	// lookAgain is for what no event has told of, for whatever reason.
	lookAgain = 30 * time.Second
	// glanceAgain is for folders that are known to send no events.
	glanceAgain = 2 * time.Second
)

// watch reloads the folder when it changes, until ctx ends. There is one rule:
// any event but a pure chmod arms a timer, and then the whole folder is read
// again and compared.
func (l *loader) watch(ctx context.Context) {
	w, err := l.newWatcher()
	if err != nil {
		w = &fsnotify.Watcher{} // everything still works by looking now and then
	} else {
		defer w.Close()
	}
	watched := &watchList{w: w, dir: l.e.config.Dir, seen: map[string]os.FileInfo{}, failed: err}
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	seed := maphash.MakeSeed()
	glances := time.NewTicker(glanceAgain)
	defer glances.Stop()
	var seen uint64           // at the last glance
	quiet := time.NewTimer(0) // what changed between New and now
	defer quiet.Stop()
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	var first time.Time // of the events that wait
	watched.update(l.folders)
	arm := func() {
		now := time.Now()
		if first.IsZero() {
			first = now
		}
		quiet.Reset(min(l.e.config.Quiet, max(0, longestWait-now.Sub(first))))
	}
	reload := func() {
		first = time.Time{}
		seen = glance(seed, l.glanced())
		watched.update(l.folders) // a replaced folder is another one under the same name
		l.reload(ctx)
		if watched.update(l.folders) {
			arm() // nobody saw what has changed there since it was read
		}
		l.unwatched(watched.silence())
		due.Stop()
		if !l.again.IsZero() {
			due.Reset(time.Until(l.again))
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-w.Events:
			if ev.Op != fsnotify.Chmod && watched.concerns(ev.Name) {
				arm()
			}
		case err := <-w.Errors:
			l.e.config.Log.Debug("watching the scripts folder", "err", err)
			arm()
		case <-glances.C:
			if l.e.Unwatched() != "" && glance(seed, l.glanced()) != seen {
				reload()
			}
		case <-ticker.C:
			reload()
		case <-due.C:
			reload()
		case <-quiet.C:
			reload()
		}
	}
}

// glanced are the folders that a glance looks at.
func (l *loader) glanced() []string { return append([]string{l.e.config.Dir}, l.folders...) }

// unwatched notes why the folder sends no events, "" if it does, and tells of it
// when that is news.
func (l *loader) unwatched(why string) {
	if before := l.e.silent.Swap(&why); before != nil && *before == why || before == nil && why == "" {
		return // as before
	}
	if why == "" {
		l.e.config.Log.Info("changes of the scripts folder are told again")
		return
	}
	l.e.config.Log.Warn("not every change of the scripts folder is told, so it is looked at", "every", glanceAgain, "why", why)
}

// Unwatched is why changes of the folder are found by looking every two seconds;
// "" where the file system tells of them.
func (e *Engine) Unwatched() string {
	if why := e.silent.Load(); why != nil {
		return *why
	}
	return ""
}

// watchList keeps the folders watched that matter: the scripts folder with
// those below it, and its parent, which alone sees that it is replaced or made.
type watchList struct {
	w    *fsnotify.Watcher
	dir  string
	seen map[string]os.FileInfo
	// failed is why there are no events, nil if there are.
	failed error
}

// silence is why changes may go untold.
func (wl *watchList) silence() string {
	if wl.failed != nil {
		return wl.failed.Error()
	}
	if fs := silentFileSystem(wl.dir); fs != "" {
		return "the folder is on a file system that does not tell of all changes: " + fs
	}
	return ""
}

// update watches what is to be watched now, and says whether that is more than
// before.
func (wl *watchList) update(folders []string) (more bool) {
	if wl.w.Events == nil {
		return false
	}
	want := map[string]bool{wl.existingParent(): true, wl.dir: true}
	for _, f := range folders {
		want[f] = true
	}
	if real, err := filepath.EvalSymlinks(wl.dir); err == nil && real != wl.dir {
		want[real], want[filepath.Dir(real)] = true, true
	}
	for name, before := range wl.seen {
		now, err := os.Stat(name)
		if !want[name] || err != nil || !os.SameFile(before, now) {
			_ = wl.w.Remove(name) // it may be gone by itself
			delete(wl.seen, name)
		}
	}
	wl.failed = nil
	for name := range want {
		info, err := os.Stat(name)
		if err != nil || wl.seen[name] != nil {
			continue
		}
		if err := wl.w.Add(name); err == nil {
			wl.seen[name], more = info, true
		} else if !errors.Is(err, fs.ErrNotExist) {
			wl.failed = fmt.Errorf("%s is not watched: %w", name, err)
		}
	}
	return more
}

// existingParent is the nearest folder above the scripts folder that is there.
func (wl *watchList) existingParent() string {
	for p := filepath.Dir(wl.dir); ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			return p
		}
	}
}

// concerns reports whether an event is about the scripts folder, what is in
// it, or what leads to it; its parent may be a busy place.
func (wl *watchList) concerns(name string) bool {
	if within(wl.dir, name) || within(name, wl.dir) {
		return true
	}
	real, err := filepath.EvalSymlinks(wl.dir)
	if err != nil {
		return false
	}
	if within(real, name) {
		return true
	}
	for folder := range wl.seen {
		if folder != filepath.Dir(wl.dir) && folder != filepath.Dir(real) && filepath.Dir(name) == folder {
			return true
		}
	}
	return false
}
