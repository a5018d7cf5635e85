package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// What the demo plays, and where; the ports are taken if they are free.
const (
	demoChannel  = "soc"
	demoAuthor   = "Anna Analyst"
	demoNote     = "Review firewall rules in GR and UK"
	demoPage     = "127.0.0.1:8600"
	demoRESTPort = 8443
	demoSTOMP    = 65001
)

func demoCommand(env environment) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run everything on this machine, with a stand-in platform and a stand-in Slack",
		Long: "Run the service between a stand-in platform (REST and STOMP over TLS) and a stand-in Slack workspace\n" +
			"with a web page, all on loopback. It plays the two workflows Create Slack Message and Create Slack Reply\n" +
			"and stays up until Ctrl-C. The scripts are those of the folder scripts in the working folder, where there\n" +
			"is one, else those that come with the program.",
		Example: "  fn-slack demo\n  fn-slack demo --once",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, env, stop := inOrder(cmd.Context(), env)
			defer stop()
			return runDemo(ctx, env, once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "play the two workflows, print one JSON object a line, and end")
	return cmd
}

// demo is the world around the service, and the service in it.
type demo struct {
	platform  *resilienttest.Platform
	workspace *slacktest.Workspace
	panel     *demoPanel
	scripts   string
	embedded  bool       // the scripts are a copy of those of the program
	served    chan error // size 1: what the service returned
	editing   atomic.Bool
}

func runDemo(ctx context.Context, env environment, once bool) (err error) {
	dir, err := os.MkdirTemp("", "fn-slack-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// The service ends before the world around it does.
	ctx, stop := context.WithCancel(ctx)
	d, err := startDemo(ctx, env, dir, once)
	if err != nil {
		ended := ctx.Err() != nil && !once // Ctrl-C at the very beginning
		stop()
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

	out := demoOutput{w: env.stdout, json: json.NewEncoder(env.stdout), once: once}
	out.json.SetEscapeHTML(false)
	if !once {
		out.welcome(d)
	}
	err = d.play(ctx, out)
	switch {
	case once:
		return err
	case ctx.Err() != nil:
		return nil
	case err != nil:
		fmt.Fprintf(env.stdout, "That did not go as it should: %v\n\n", err)
	}
	out.invite(d)
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.served:
		d.served <- nil
		return fmt.Errorf("the service ended: %w", err)
	}
}

// startDemo starts the stand-ins and the service, which reads its settings from
// an app.config like any other.
func startDemo(ctx context.Context, env environment, dir string, once bool) (d *demo, err error) {
	d = &demo{served: make(chan error, 1)}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.scripts, d.embedded, err = demoScripts(dir); err != nil {
		return d, err
	}
	d.platform, err = resilienttest.Start(resilienttest.Config{Port: demoRESTPort, STOMPPort: demoSTOMP, Dir: dir, Empty: true})
	if err != nil {
		return d, err
	}
	d.panel = &demoPanel{platform: d.platform}
	page := demoPage
	if once {
		page = "" // nobody looks at it
	}
	if d.workspace, err = slacktest.Start(slacktest.Config{Addr: page, Panel: d.panel}); err != nil {
		if d.workspace, err = slacktest.Start(slacktest.Config{Panel: d.panel}); err != nil {
			return d, err
		}
	}
	file := filepath.Join(dir, "app.config")
	text := d.platform.AppConfig(map[string]string{
		"api_token":     slacktest.DefaultToken,
		"slack_api_url": d.workspace.APIURL(),
		"username":      "Resilient",
		"scripts_dir":   d.scripts,
		"state_dir":     filepath.Join(dir, "state"),
	})
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return d, err
	}
	settings, err := loadSettings(file, env)
	if err != nil {
		return d, err
	}
	// What the workflows do is what fn-slack customize deploys.
	if err := (customizing{yes: true, channel: demoChannel, out: io.Discard}).deploy(ctx, settings, env); err != nil {
		return d, err
	}
	log := slog.New(demoLog{newLog(env.stderr, slog.LevelInfo).Handler(), &d.editing})
	board := newBoard()
	go func() { d.served <- serve(ctx, settings, env, log, board) }()
	err = d.ready(ctx, board)
	d.editing.Store(!once)
	return d, err
}

// demoScripts is the scripts folder of the working folder, or a copy of the
// embedded scripts.
func demoScripts(dir string) (path string, embedded bool, err error) {
	if info, err := os.Stat(defaultScriptsDir); err == nil && info.IsDir() {
		path, err := filepath.Abs(defaultScriptsDir)
		return path, false, err
	}
	path = filepath.Join(dir, defaultScriptsDir)
	_, _, err = writeScripts(path)
	return path, true, err
}

// ready waits until the service is ready for calls.
func (d *demo) ready(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !board.report(false).Ready {
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
	if d.workspace != nil {
		d.workspace.Close()
	}
	if d.platform != nil {
		d.platform.Close()
	}
}

// play plays the two workflows and reports each message and each result.
func (d *demo) play(ctx context.Context, out demoOutput) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	run, err := d.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		return err
	}
	first, err := d.await(ctx, run, "post", out)
	if err != nil {
		return fmt.Errorf("workflow Create Slack Message: %w", err)
	}
	run, err = d.platform.AddNote(ctx, resilienttest.IncidentDoS, demoAuthor, "<div>"+demoNote+"</div>")
	switch {
	case err != nil:
		return err
	case run == nil:
		return errors.New("workflow Create Slack Reply: the platform did not run it, because the incident has no slack_id")
	}
	reply, err := d.await(ctx, run, "reply", out)
	if err != nil {
		return fmt.Errorf("workflow Create Slack Reply: %w", err)
	}
	if reply.ThreadTS != first.TS {
		return fmt.Errorf("the note is in thread %q, not in that of the message, %q", reply.ThreadTS, first.TS)
	}
	return nil
}

// demoStep is one line of --once.
type demoStep struct {
	Step     string   `json:"step"` // post, reply, result
	Workflow string   `json:"workflow"`
	Channel  string   `json:"channel"`
	TS       string   `json:"ts"`
	ThreadTS string   `json:"thread_ts,omitempty"`
	Author   string   `json:"author,omitempty"`
	Text     string   `json:"text"`
	Script   string   `json:"script"`
	Link     string   `json:"permalink,omitempty"`
	Statuses []string `json:"statuses,omitempty"`
	Duration float64  `json:"duration_ms"` // from the platform's call to the platform's answer
}

// await waits for the end of a run and reports its message, as the workspace
// has it, and its result, as the platform has it.
func (d *demo) await(ctx context.Context, run *resilienttest.Run, step string, out demoOutput) (slacktest.Message, error) {
	status, err := run.Wait(ctx)
	if err != nil {
		return slacktest.Message{}, err
	}
	if status.State != resilienttest.Completed {
		return slacktest.Message{}, errors.New(status.Text())
	}
	var results struct {
		Channel   string `json:"channel"`
		TS        string `json:"ts"`
		Formatter string `json:"formatter"`
		Permalink string `json:"permalink"`
		Skipped   string `json:"skipped"`
	}
	if err := json.Unmarshal(status.Results, &results); err != nil {
		return slacktest.Message{}, fmt.Errorf("results: %w", err)
	}
	if results.Skipped != "" {
		return slacktest.Message{}, fmt.Errorf("nothing was posted: %s says: %s", results.Formatter, results.Skipped)
	}
	var message slacktest.Message
	for _, m := range d.workspace.Messages(results.Channel) {
		if m.TS == results.TS {
			message = m
		}
	}
	if message.TS == "" {
		return message, fmt.Errorf("the workspace has no message %s in %s", results.TS, results.Channel)
	}
	var statuses []string
	for _, s := range status.Steps {
		statuses = append(statuses, s.Text)
	}
	took := status.Steps[len(status.Steps)-1].Time.Sub(status.Started)
	line := demoStep{
		Step: step, Workflow: status.Workflow, Channel: message.ChannelName, TS: message.TS, ThreadTS: message.ThreadTS,
		Author: message.Sent.Username, Text: message.Sent.Text, Script: results.Formatter,
		Duration: float64(took.Microseconds()) / 1000,
	}
	if err := out.step(line); err != nil {
		return message, err
	}
	line.Step, line.Author, line.Link, line.Statuses = "result", "", results.Permalink, statuses
	line.Text = statuses[len(statuses)-1]
	return message, out.step(line)
}

// demoLog keeps the log of the service to what somebody in front of the demo
// wants to know: what went wrong, what became of a saved script, and
// what scripts write to their console.
type demoLog struct {
	slog.Handler
	editing *atomic.Bool // the demo is up, and saves are news
}

func (l demoLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn || l.editing.Load() && (strings.HasPrefix(r.Message, "script ") || r.Message == "console") {
		return l.Handler.Handle(ctx, r)
	}
	return nil
}
