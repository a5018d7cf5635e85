package parts

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/config"
)

// maker makes parts from settings and an environment of NAME=value.
func maker(s *config.Settings, variables ...string) Maker {
	getenv := func(name string) (string, bool) {
		for _, variable := range variables {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
	return Maker{Settings: s, Getenv: getenv, Version: "test", Host: "test", Log: slog.New(slog.DiscardHandler)}
}

// A proxy of the environment goes before that of the settings, which is for the
// platform alone.
func TestProxies(t *testing.T) {
	for name, c := range map[string]struct {
		configured      string
		variables       []string
		platform, slack string
	}{
		"none":         {},
		"settings":     {configured: "http://proxy:1", platform: "http://proxy:1"},
		"environment":  {configured: "http://proxy:1", variables: []string{"HTTPS_PROXY=http://env:2"}, platform: "http://env:2", slack: "http://env:2"},
		"small":        {variables: []string{"https_proxy=http://env:2"}, platform: "http://env:2", slack: "http://env:2"},
		"large first":  {variables: []string{"https_proxy=http://small:3", "HTTPS_PROXY=http://env:2"}, platform: "http://env:2", slack: "http://env:2"},
		"exceptions":   {configured: "http://proxy:1", variables: []string{"HTTPS_PROXY=http://env:2", "NO_PROXY=soar.example.com"}, slack: "http://env:2"},
		"another kind": {configured: "http://proxy:1", variables: []string{"HTTP_PROXY=http://env:2"}},
	} {
		s := &config.Settings{}
		if c.configured != "" {
			s.Resilient.Proxy, _ = url.Parse(c.configured)
		}
		m := maker(s, c.variables...)
		if got := m.proxyTo("https://soar.example.com:65001"); text(got) != c.platform {
			t.Errorf("%s: to the platform by %q, want %q", name, text(got), c.platform)
		}
		r, err := http.NewRequest(http.MethodPost, "https://slack.com/api/chat.postMessage", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.slackTransport().(*http.Transport).Proxy(r)
		if err != nil || text(got) != c.slack {
			t.Errorf("%s: %v, to Slack by %q, want %q", name, err, text(got), c.slack)
		}
	}
}

func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

func TestCertificatesThatCannotBeUsed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{empty: "holds no certificate", empty + ".missing": "no such file"} {
		s := &config.Settings{}
		s.Resilient.CAFile, s.Resilient.STOMPCAFile = file, file
		m := maker(s)
		_, client := m.Client(t.Context(), 0)
		_, broker := m.Broker("queue")
		for _, err := range []error{client, broker} {
			if _, ok := errors.AsType[*CAFileError](err); !ok || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", file, err, want)
			}
		}
	}
}

func TestStateDir(t *testing.T) {
	configured := &config.Settings{}
	configured.Slack.StateDir = "/state"
	for want, m := range map[string]Maker{
		"/state":                      maker(configured, "HOME=/home/a"),
		"/home/a/.resilient/fn-slack": maker(&config.Settings{}, "HOME=/home/a"),
	} {
		if got, err := m.StateDir(); err != nil || got != filepath.FromSlash(want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if _, err := maker(&config.Settings{}).StateDir(); err == nil || !strings.Contains(err.Error(), "set state_dir") {
		t.Errorf("without a home folder: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "new", "state")
	if err := TryStateDir(dir); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v: the trial has left %v", err, left)
	}
	if err := TryStateDir(os.DevNull); err == nil || !strings.Contains(err.Error(), "state_dir") {
		t.Errorf("no folder: %v", err)
	}
}
