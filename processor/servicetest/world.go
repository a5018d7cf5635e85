package servicetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/scripts"
)

// World is a platform, a workspace, and the app.config that leads to them.
type World struct {
	Platform  *resilienttest.Platform
	Workspace *slacktest.Workspace
	Dir       string // its home folder
	Config    string // file
}

// Start makes a world in which the workflows send to the channel general.
func Start(t *testing.T) World {
	t.Helper()
	return StartWith(t, resilienttest.Config{Channel: "general"}, slacktest.Config{})
}

// StartWith makes a world. The scripts are those of the folder scripts in Dir,
// the state is in the folder state, and the status is served nowhere.
func StartWith(t *testing.T, p resilienttest.Config, s slacktest.Config) World {
	t.Helper()
	platform, err := resilienttest.Start(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { platform.Close() })
	workspace, err := slacktest.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { workspace.Close() })
	w := World{Platform: platform, Workspace: workspace, Dir: t.TempDir()}
	w.Config = filepath.Join(w.Dir, "app.config")
	w.File(t, "app.config", platform.AppConfig(map[string]string{
		"api_token": slacktest.DefaultToken, "username": "Resilient", "slack_api_url": workspace.APIURL(),
		"scripts_dir": filepath.Join(w.Dir, "scripts"), "state_dir": filepath.Join(w.Dir, "state"), "status_address": "off",
	}))
	return w
}

// File writes a file, by its name below Dir.
func (w World) File(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ScriptsInit writes the gallery into the scripts folder.
func (w World) ScriptsInit(t *testing.T) {
	t.Helper()
	if _, _, err := scripts.Write(filepath.Join(w.Dir, "scripts")); err != nil {
		t.Fatal(err)
	}
}

// Replace changes the settings where they have the old text.
func (w World) Replace(t *testing.T, old, new string) {
	t.Helper()
	Edit(t, w.Config, old, new)
}

// Edit changes a file where it has the old text, once.
func Edit(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s lacks %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Getenv is an environment in which Dir is the home folder, with more variables,
// NAME=value.
func (w World) Getenv(more ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, variable := range append([]string{"HOME=" + w.Dir}, more...) {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// Load reads the settings, as the program does.
func (w World) Load(more ...string) (*config.Settings, error) {
	return config.Read(config.Options{File: w.Config, Dir: w.Dir, Home: w.Dir, Getenv: w.Getenv(more...)})
}

// Subscribed waits until a service has subscribed.
func (w World) Subscribed(t *testing.T) {
	t.Helper()
	Until(t, "a service has subscribed", func() bool { return w.Platform.Broker().Consumers(resilienttest.Queue) > 0 })
}

// Play plays the workflow Create Slack Message on an incident and returns how it
// has ended.
func (w World) Play(t *testing.T) resilienttest.RunStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run, err := w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	status, err := run.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// Post is Play where the message must be posted; it returns the message.
func (w World) Post(t *testing.T) slacktest.Message {
	t.Helper()
	if status := w.Play(t); status.State != resilienttest.Completed {
		t.Fatal(status.Text())
	}
	messages := w.Workspace.Messages("general")
	return messages[len(messages)-1]
}

// Until waits for what must come.
func Until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// NoSecretIn fails when a text holds a secret of the stand-ins.
func NoSecretIn(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{slacktest.DefaultToken, "stand-in-key-secret", "stand-in-password"} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret %q is in:\n%s", secret, text)
		}
	}
}

// Port is the number at the end of an address.
func Port(address string) string {
	address = strings.TrimRight(address, "/")
	return address[strings.LastIndex(address, ":")+1:]
}

// A Change makes a world one in which something is wrong.
type Change func(t *testing.T, w World)

// Setting replaces a text of the settings.
func Setting(old, new string) Change {
	return func(t *testing.T, w World) { w.Replace(t, old, new) }
}

// Faults breaks the platform.
func Faults(f resilienttest.Faults) Change {
	return func(_ *testing.T, w World) { w.Platform.SetFaults(f) }
}

// OtherAuthority makes the settings trust the authority of another world.
func OtherAuthority(t *testing.T, w World) {
	other := Start(t)
	w.Replace(t, "cafile="+w.Platform.CAFile(), "cafile="+other.Platform.CAFile())
}
