package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/config"
)

func TestWatchedFilesNoticeEachChangeOnceWhenItHasSettled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, ca, other := filepath.Join(dir, "app.config"), filepath.Join(dir, "ca.pem"), filepath.Join(dir, "other.pem")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, "1")
	write(ca, "1")
	write(other, "1")
	s := &config.Settings{File: file}
	s.Resilient.CAFile = ca
	w := newWatchedFiles(s)
	expect := func(what string, want ...bool) {
		t.Helper()
		for i, want := range want {
			if got := w.changed(); got != want {
				t.Errorf("%s, look %d: got %v, want %v", what, i+1, got, want)
			}
		}
	}
	expect("nothing", false, false)
	write(file, "2")
	expect("the settings", false, true, false)
	write(file, "half")
	expect("half of a save", false)
	write(file, "whole")
	expect("the whole of it", false, true, false)
	write(file, "x")
	expect("there", false)
	write(file, "whole")
	expect("and back", false, false)
	write(ca, "2")
	expect("the certificates", false, true, false)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expect("removed", false, false, false)
	write(file, "new")
	expect("written anew", false, true, false)

	// The settings change again while those of the last change are tried.
	write(file, "newer")
	s.Resilient.CAFile = other
	w.follow(s)
	expect("a change meanwhile", false, true, false)
	write(ca, "3")
	expect("certificates that are not used any more", false, false)
	write(other, "2")
	expect("those that are", false, true, false)

	w.retry(-time.Second)
	expect("again", true, false)
	w.retry(time.Hour)
	expect("not yet", false, false)
}
