package service

import (
	"crypto/sha256"
	"maps"
	"os"
	"time"

	"github.com/fn-slack/fn-slack/processor/config"
)

// watchedFiles notices that the settings file, or a file of certificates that
// it names, has another content.
type watchedFiles struct {
	names   []string // the settings file first
	used    contents // what was looked at last
	pending contents // another content that may still be being written
	again   time.Time

	certificates bool // that a file of certificates has changed since follow
}

// contents are hashes by file name; a file that cannot be read has none.
type contents map[string][sha256.Size]byte

func newWatchedFiles(s *config.Settings) *watchedFiles {
	w := &watchedFiles{}
	w.follow(s)
	w.read()
	return w
}

// follow looks at the files of these settings from now on. What is known of
// files that were followed before stays: they may have changed meanwhile.
func (w *watchedFiles) follow(s *config.Settings) {
	w.names = []string{s.File}
	for _, name := range []string{s.Resilient.CAFile, s.Resilient.STOMPCAFile} {
		if name != "" {
			w.names = append(w.names, name)
		}
	}
	used := contents{}
	for name, sum := range w.look() {
		if known, ok := w.used[name]; ok {
			sum = known
		}
		used[name] = sum
	}
	w.used, w.pending, w.certificates = used, used, false
}

func (w *watchedFiles) look() contents {
	c := contents{}
	for _, name := range w.names {
		if text, err := os.ReadFile(name); err == nil {
			c[name] = sha256.Sum256(text)
		}
	}
	return c
}

// read takes the present content for known.
func (w *watchedFiles) read() {
	w.used = w.look()
	w.pending, w.again = w.used, time.Time{}
}

// retry makes changed report the same content again after a time.
func (w *watchedFiles) retry(after time.Duration) { w.again = time.Now().Add(after) }

// changed reports a new content, once, and only when it was the same at two
// looks. A settings file that is not there is one that is being replaced.
func (w *watchedFiles) changed() bool {
	if !w.again.IsZero() && time.Now().After(w.again) {
		w.read()
		return true
	}
	now := w.look()
	if _, there := now[w.names[0]]; !there || maps.Equal(now, w.used) {
		w.pending = w.used
		return false
	}
	if !maps.Equal(now, w.pending) {
		w.pending = now
		return false
	}
	for _, name := range w.names[1:] {
		w.certificates = w.certificates || now[name] != w.used[name]
	}
	w.used, w.again = now, time.Time{}
	return true
}
