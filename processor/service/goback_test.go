package service_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/journal"
)

// What can only be found out by starting, here a journal that another process
// holds open, leads back to the settings before.
func TestSettingsThatDoNotStartAreGivenUp(t *testing.T) {
	s := startWorld(t)
	r := startRunning(t, s, nil)
	other := filepath.Join(s.dir, "other")
	j, err := journal.Open(journal.Config{Path: filepath.Join(other, "journal.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	r.replace(t, "state_dir="+filepath.Join(s.dir, "state"), "state_dir="+other)
	r.says("goes back to those before", 1)
	r.subscribed(t)
	r.post()
}

// Other certificates under the same name are taken over, and so are those of a
// file that the settings name later.
func TestChangedCertificatesAreTakenOver(t *testing.T) {
	s := startWorld(t)
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^cafile\s*=\s*(.*)$`).FindStringSubmatch(string(text))
	pem, err := os.ReadFile(strings.TrimSpace(line[1]))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		t.Helper()
		file := filepath.Join(s.dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	twice := bytes.Join([][]byte{pem, pem}, []byte("\n"))
	first := write("first.pem", pem)
	s.replace(t, line[0], "cafile="+first)
	r := startRunning(t, s, nil)
	write("first.pem", twice)
	r.says("changed settings are in use", 1)
	r.subscribed(t)
	second := write("second.pem", pem)
	s.replace(t, "cafile="+first, "cafile="+second)
	r.says("changed settings are in use", 2)
	r.subscribed(t)
	write("second.pem", twice)
	r.says("changed settings are in use", 3)
	r.subscribed(t)
	r.post()
}
