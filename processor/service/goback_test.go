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
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

// What can only be found out by starting, here a journal that another process
// holds open, leads back to the settings before.
func TestSettingsThatDoNotStartAreGivenUp(t *testing.T) {
	t.Parallel()
	s := servicetest.Start(t)
	r := s.Run(t)
	other := filepath.Join(s.Dir, "other")
	j, err := journal.Open(journal.Config{Path: filepath.Join(other, "journal.log"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	r.Replace(t, "state_dir="+filepath.Join(s.Dir, "state"), "state_dir="+other)
	r.Says("goes back to those before", 1)
	r.Subscribed(t)
	r.Post(t)
}

// Other certificates under the same name are taken over, and so are those of a
// file that the settings name later.
func TestChangedCertificatesAreTakenOver(t *testing.T) {
	t.Parallel()
	s := servicetest.Start(t)
	text, err := os.ReadFile(s.Config)
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
		s.File(t, name, string(content))
		return filepath.Join(s.Dir, name)
	}
	twice := bytes.Join([][]byte{pem, pem}, []byte("\n"))
	first := write("first.pem", pem)
	s.Replace(t, line[0], "cafile="+first)
	r := s.Run(t)
	write("first.pem", twice)
	r.Says("changed settings are in use", 1)
	r.Subscribed(t)
	second := write("second.pem", pem)
	s.Replace(t, "cafile="+first, "cafile="+second)
	r.Says("changed settings are in use", 2)
	r.Subscribed(t)
	write("second.pem", twice)
	r.Says("changed settings are in use", 3)
	r.Subscribed(t)
	r.Post(t)
}
