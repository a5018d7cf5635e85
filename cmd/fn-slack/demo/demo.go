package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/customize"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/processor/service"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/status"
	"github.com/fn-slack/fn-slack/scripts"
)

// What the demo plays, and where; the ports are taken if they are free.
const (
	channel   = "soc"
	author    = "Anna Analyst"
	note      = "Review firewall rules in GR and UK"
	card      = "incident-card.js"
	page      = 8600
	pages     = "127.0.0.1:8601"
	restPort  = 8443
	stompPort = 65001

	// Somebody waits for the page to show a save, or a deletion; half a file that
	// is refused for a moment does no harm.
	quiet = 10 * time.Millisecond
	grace = 100 * time.Millisecond
)

// Options are what the demo has of the world outside. All but Once and Port are
// required.
type Options struct {
	// Once plays the workflows, prints one JSON object a line, and ends.
	Once bool
	// Port is that of the page. Zero is the usual one, or any where that is taken.
	Port           int
	Getenv         func(name string) (value string, ok bool)
	Stdout, Stderr io.Writer
	// Version is that of the program, and Host the name of this machine.
	Version, Host string
}

// demo is the world around the service, and the service in it.
type demo struct {
	Options
	platform  *resilienttest.Platform
	workspace *slacktest.Workspace
	panel     *panel
	scripts   string
	embedded  bool       // the scripts are a copy of those of the program
	served    chan error // size 1: what the service returned
	engine    *engine.Engine
	editor    atomic.Pointer[editor.Page] // nil until there are scripts
	status    string                      // address of the status page
	log       *logs.Log
	beside    sync.WaitGroup
	editing   atomic.Bool
}

// Run runs the demo until ctx ends, or with Once until the workflows have been
// played.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "fn-slack-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// The service ends before the world around it does.
	ctx, stop := context.WithCancel(ctx)
	d, err := start(ctx, o, dir)
	if err != nil {
		ended := ctx.Err() != nil && !o.Once // Ctrl-C at the very beginning
		stop()
		d.close()
		if ended {
			return nil
		}
		return err
	}
	defer d.close()
	defer func() {
		stop()
		err = errors.Join(err, <-d.served)
	}()

	out := output{w: o.Stdout, json: json.NewEncoder(o.Stdout), once: o.Once}
	out.json.SetEscapeHTML(false)
	if !o.Once {
		out.welcome(d)
	}
	err = d.play(ctx, out)
	if err == nil {
		err = d.playRoom(ctx, out)
	}
	if err == nil {
		err = d.playCard(ctx, out)
	}
	switch {
	case o.Once:
		return err
	case ctx.Err() != nil:
		return nil
	case err != nil:
		fmt.Fprintf(o.Stdout, "That did not go as it should: %v\n\n", err)
	}
	out.invite(d)
	return d.follow(ctx, out)
}

// follow prints a line for every run that comes to its end, until ctx ends.
func (d *demo) follow(ctx context.Context, out output) error {
	told := map[int64]bool{}
	for _, run := range d.platform.Runs() {
		told[run.ID] = true
	}
	for {
		changed := d.platform.Changed()
		for _, run := range d.platform.Runs() {
			if run.State != resilienttest.Running && !told[run.ID] {
				told[run.ID] = true
				out.line(d.panel.action(run))
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		case err := <-d.served:
			d.served <- nil
			return fmt.Errorf("the service ended: %w", err)
		}
	}
}

// start starts the stand-ins and the service, which reads its settings from an
// app.config like any other. What it returns is to be closed when ctx has ended,
// also with an error.
func start(ctx context.Context, o Options, dir string) (d *demo, err error) {
	d = &demo{Options: o, served: make(chan error, 1)}
	if d.scripts, d.embedded, err = scriptsFolder(dir); err != nil {
		return d, err
	}
	if err := d.startStandIns(dir); err != nil {
		return d, err
	}
	m, err := d.maker(dir)
	if err != nil {
		return d, err
	}
	if err := d.deploy(ctx, m); err != nil {
		return d, err
	}
	board := status.New(o.Version, o.Host, nil, nil) // the secrets are those of the stand-ins
	if !o.Once {
		d.beside.Go(func() { status.Serve(ctx, d.status, nil, board, m.Log) })
	}
	go func() { d.served <- service.Serve(ctx, m, board) }()
	if err = d.ready(ctx, board); err != nil {
		return d, err
	}
	d.engine = board.Scripts()
	d.panel.begin(m.Renderer(d.engine))
	d.editor.Store(editor.New(editor.Config{
		Desk: &editor.Desk{Dir: d.scripts, Renderer: sample.NewRenderer(d.engine), Now: sample.Now, Location: time.UTC},
		Edit: !o.Once, Home: "../",
	}))
	d.editing.Store(!o.Once)
	return d, nil
}

// free is the address, or any on this machine where it is taken: by the real
// service, or by another demo.
func free(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return ""
		}
	}
	defer l.Close()
	return l.Addr().String()
}

func (d *demo) startStandIns(dir string) (err error) {
	config := resilienttest.Config{Port: restPort, STOMPPort: stompPort, Dir: dir, Empty: true, Pages: pages}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(cmp.Or(d.Port, page)))
	if d.Once {
		address, config.Pages = "", "" // nobody looks at them
	}
	if d.platform, err = resilienttest.Start(config); err != nil {
		return err
	}
	putEvidence(d.platform)
	d.panel = &panel{platform: d.platform, scripts: d.scripts}
	d.workspace, err = slacktest.Start(slacktest.Config{Addr: address, Panel: d.panel, Editor: d})
	if err != nil && d.Port == 0 {
		d.workspace, err = slacktest.Start(slacktest.Config{Panel: d.panel, Editor: d})
	}
	return err
}

// ServeHTTP serves the editor of the scripts.
func (d *demo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := d.editor.Load()
	if page == nil {
		http.Error(w, "the scripts are not loaded yet: ask again in a moment", http.StatusServiceUnavailable)
		return
	}
	page.ServeHTTP(w, r)
}

// maker writes the settings and reads them.
func (d *demo) maker(dir string) (parts.Maker, error) {
	d.status = "off"
	if !d.Once {
		d.status = free(config.DefaultStatusAddress)
	}
	file := filepath.Join(dir, "app.config")
	text := d.platform.AppConfig(map[string]string{
		"api_token":      slacktest.DefaultToken,
		"slack_api_url":  d.workspace.APIURL(),
		"username":       "Resilient",
		"scripts_dir":    d.scripts,
		"state_dir":      filepath.Join(dir, "state"),
		"status_address": d.status,
	})
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return parts.Maker{}, err
	}
	settings, err := config.Read(config.Options{File: file, Getenv: d.Getenv})
	if err != nil {
		return parts.Maker{}, err
	}
	settings.Resilient.LogDir = dir
	d.log = logs.Open(settings, logs.Output{Stderr: d.Stderr, Format: logs.Human})
	return parts.Maker{
		Settings: settings, Getenv: d.Getenv, Version: d.Version, Host: d.Host, Links: d.platform.PagesURL(), Seen: &render.Seen{}, Overtaken: d.panel.overtake,
		Log: slog.New(quietLog{d.log.Handler(), &d.editing}), Quiet: quiet, Grace: grace,
	}, nil
}

// deploy makes the workflows do what fn-slack customize deploys.
func (d *demo) deploy(ctx context.Context, m parts.Maker) error {
	client, err := m.Client(ctx, customize.Timeout)
	if err != nil {
		return err
	}
	defer client.Close()
	return customize.Deployment{Yes: true, Channel: channel, Out: io.Discard}.Deploy(ctx, client)
}

// ownLayouts is the scripts folder of the demo in the program's own source tree.
const ownLayouts = "layouts"

// scriptsFolder is the scripts folder of the working folder, or a copy of the
// embedded scripts. In the program's own source tree the folder scripts is what
// is embedded, and what tests expect; an edit there would be the program's. So
// the copy lies beside it, and stays.
func scriptsFolder(dir string) (path string, embedded bool, err error) {
	path = parts.DefaultScriptsDir
	if _, err := os.Stat(filepath.Join(path, "scripts.go")); err == nil {
		path = ownLayouts
		if _, err := os.Stat(path); err != nil {
			if _, _, err := scripts.Write(path); err != nil {
				return "", false, err
			}
		}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path, err := filepath.Abs(path)
		return path, false, err
	}
	path = filepath.Join(dir, parts.DefaultScriptsDir)
	_, _, err = scripts.Write(path)
	return path, true, err
}

// ready waits until the service is ready for calls.
func (d *demo) ready(ctx context.Context, board *status.Board) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !board.Report(false).Ready {
		select {
		case err := <-d.served:
			d.served <- nil
			return fmt.Errorf("the service did not start: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the service is not ready: %w", ctx.Err())
		case <-poll.C:
		}
	}
	return nil
}

func (d *demo) close() {
	d.beside.Wait()
	if d.log != nil {
		d.log.Close()
	}
	if d.workspace != nil {
		d.workspace.Close()
	}
	if d.platform != nil {
		d.platform.Close()
	}
}

// quietLog keeps the log of the service to what somebody in front of the demo
// wants to know: what went wrong, what became of a saved script, and
// what scripts write to their console.
type quietLog struct {
	slog.Handler
	editing *atomic.Bool // the demo is up, and saves are news
}

func (l quietLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn || l.editing.Load() && (strings.HasPrefix(r.Message, "script ") || r.Message == "console") {
		return l.Handler.Handle(ctx, r)
	}
	return nil
}
