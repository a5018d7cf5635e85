package parts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// DefaultScriptsDir is the scripts folder below the working folder, where the
// settings name none.
const DefaultScriptsDir = "scripts"

// Maker makes parts. All of its members to Log are required.
type Maker struct {
	Settings *config.Settings
	// Getenv looks up what the settings leave to the environment: proxies, and
	// the home folder.
	Getenv func(name string) (value string, ok bool)
	// Version is that of the program, and Host the name of this machine.
	Version, Host string
	Log           *slog.Logger
	// Secrets gets to know those of the platform's sessions, and once more those
	// of the settings. Nil is nobody.
	Secrets *mask.Secrets
	// Seen keeps the labels of calls for the hints at scripts; nil keeps none.
	Seen *render.Seen
	// Overtaken is told what TellOvertaken finds, also when that is nothing; nil is
	// nobody.
	Overtaken func(hints []string)
	// Links is the platform's address in messages; empty is that of the settings.
	Links string
	// OrgID stands in links of messages for who has several organisations; 0 leaves
	// it out.
	OrgID int
	// Quiet and Grace are those of the engine.
	Quiet, Grace time.Duration
}

// Poster is the way to Slack, by the environment's proxy. timed puts itself
// around every request; nil is nothing.
func (m Maker) Poster(timed func(http.RoundTripper) http.RoundTripper) (*slackapi.Poster, error) {
	s := m.Settings.Slack
	transport := m.slackTransport()
	if timed != nil {
		transport = timed(transport)
	}
	return slackapi.New(slackapi.Config{
		Token:           s.Token,
		APIURL:          s.APIURL,
		Transport:       transport,
		RequestTimeout:  s.RequestTimeout,
		DeliveryTimeout: s.DeliveryTimeout,
		Interval:        cmp.Or(s.MessageInterval, -1), // a negative one is none
		Log:             m.Log,
	})
}

// ScriptsDir is the folder of the scripts.
func (m Maker) ScriptsDir() string { return cmp.Or(m.Settings.Slack.ScriptsDir, DefaultScriptsDir) }

// Engine is the engine, without its scripts: Load brings them. Below the state
// folder it keeps the last good version of each; an empty one keeps nothing.
// changed is told of what becomes of a script that is saved; nil is nobody.
func (m Maker) Engine(state string, changed func(engine.Event)) (e *engine.Engine, err error) {
	dir := m.ScriptsDir()
	if state != "" {
		// Not "scripts": that is the folder of the scripts themselves where the
		// state folder is the working folder, as under systemd.
		state = filepath.Join(state, "last-good")
	}
	e, err = engine.Open(engine.Config{
		Dir:        dir,
		StateDir:   state,
		MaxWorkers: m.Settings.Slack.RenderWorkers,
		Check: func(ctx context.Context, e *engine.Engine, script *engine.Script, folder *engine.Snapshot) error {
			hints, err := sample.Checker{Renderer: m.Renderer(e), Folder: folder, Dir: dir}.Check(ctx, script)
			if err != nil {
				return err // it has the hint of its line
			}
			for _, hint := range hints {
				m.Log.Warn("script hint", "script", script.Name, "hint", hint)
			}
			return nil
		},
		Quiet: m.Quiet,
		Grace: m.Grace,
		Log:   m.Log,
		OnReload: func(ev engine.Event) {
			if why := render.WithoutDefault(e.Scripts()); ev.Kind == engine.EventRemoved && render.IsDefault(ev.Script) && why != "" {
				m.Log.Warn(why)
			}
			if changed != nil {
				changed(ev)
			}
		},
	})
	return e, err
}

// TellOvertaken tells the log of scripts that another one overtakes, now and after
// every change of the folder, until ctx ends.
func (m Maker) TellOvertaken(ctx context.Context, e *engine.Engine) {
	var told []string
	for ctx.Err() == nil {
		set := e.Scripts()
		if folder, err := engine.ReadFolder(ctx, m.ScriptsDir(), 0); err == nil { // else the engine tells of it
			hints := sample.Checker{Renderer: m.Renderer(e), Folder: folder, Dir: m.ScriptsDir()}.Overtaken(ctx)
			for _, hint := range hints {
				if !slices.Contains(told, hint) {
					script, _, _ := strings.Cut(hint, ":")
					m.Log.Warn("script hint", "script", script, "hint", hint)
				}
			}
			told = hints
			if m.Overtaken != nil {
				m.Overtaken(hints)
			}
		}
		select {
		case <-set.Replaced():
		case <-ctx.Done():
		}
	}
}

// Renderer lays messages out with the scripts of an engine.
func (m Maker) Renderer(e *engine.Engine) *render.Renderer {
	s := m.Settings
	return render.New(render.Config{
		Engine: e,
		Options: formatters.Options{
			BaseURL:    cmp.Or(m.Links, s.Resilient.BaseURL()),
			Location:   s.Slack.Location,
			DateFormat: s.Slack.DateFormat,
			OrgID:      m.OrgID,
		},
		Username:       s.Slack.Username,
		Seen:           m.Seen,
		Fail:           s.Slack.ScriptFail,
		FailUnreadable: s.Slack.UnreadableFail,
	})
}

// StateDir is where the journal and the last good scripts are kept: as
// configured, or beside the original's files. It may not exist yet.
func (m Maker) StateDir() (string, error) {
	if m.Settings.Slack.StateDir != "" {
		return m.Settings.Slack.StateDir, nil
	}
	home, _ := m.Getenv("HOME")
	if home == "" {
		return "", errors.New("no folder for the journal: set state_dir in [fn_slack]")
	}
	return filepath.Join(home, ".resilient", "fn-slack"), nil
}

// TryStateDir makes a state folder where it is missing, and tries to write a
// file there.
func TryStateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	_, err = f.Write(make([]byte, 4096)) // a full disk shows here
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		return fmt.Errorf("state_dir %s: %w", filepath.Dir(f.Name()), err)
	}
	return nil
}
