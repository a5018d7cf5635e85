package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
	"github.com/fn-slack/fn-slack/scripts"
)

// The queues of a benchmark. The service's own is the one that the platform
// names.
const (
	answersQueue     = "acks.201.bench"
	bareQueue        = "actions.201.bare"
	bareAnswersQueue = "acks.201.bare"
)

// Options say what is measured, and with what.
type Options struct {
	Broker          string // stand-in, activemq or rabbitmq
	Address, CAFile string // of a real broker: host:port, and its authority (PEM)
	Login, Passcode string // at the broker
	Calls           int    // in each burst
	Bursts          int    // one after the other, on one connection
	Lone            int    // calls one after the other
	// Script is the layout of the calls, by its name in the gallery, or function,
	// a layout of one line that runs in a worker; empty names none.
	Script string
	Out    io.Writer
}

// functionScript does by a function what default.js does by being nothing but
// labels.
const functionScript, functionSource = "function", "export default { format: (message) => message.text };\n"

// Validate reports what cannot be measured, in the words of the command's flags.
func (o Options) Validate() error {
	switch {
	case o.Broker != "stand-in" && o.Broker != "activemq" && o.Broker != "rabbitmq":
		return fmt.Errorf("--broker %s: write stand-in, activemq or rabbitmq", o.Broker)
	case o.Broker != "stand-in" && (o.Address == "" || o.CAFile == ""):
		return errors.New("a real broker needs --address and --cafile")
	case o.Calls < 1 || o.Bursts < 1 || o.Lone < 1:
		return errors.New("--calls, --bursts and --lone must be at least 1")
	case o.Script != "" && o.Script != functionScript && !inGallery(o.Script):
		return fmt.Errorf("--script %s: there is no such script in the gallery", o.Script)
	}
	return nil
}

func inGallery(script string) bool {
	return slices.ContainsFunc([]string{"", ".js", ".ts"}, func(ext string) bool {
		_, err := fs.Stat(scripts.Files, filepath.Base(script)+ext)
		return err == nil
	})
}

// bench is one run.
type bench struct {
	Options
	broker    stomptest.Broker
	platform  *resilienttest.Platform
	workspace *slacktest.Workspace
	dir       string
	config    string // file
}

// Run measures, and prints the figures as they come.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.Validate(); err != nil {
		return err
	}
	b := &bench{Options: o}
	if b.dir, err = os.MkdirTemp("", "fn-slack-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.platform, err = resilienttest.Start(resilienttest.Config{
		APIKeyID: o.Login, APIKeySecret: o.Passcode, BrokerName: stomptest.LikeActiveMQ,
	}); err != nil {
		return err
	}
	defer b.platform.Close()
	var list []slacktest.Channel
	for i := range channels {
		list = append(list, slacktest.Channel{Name: channel(i)})
	}
	if b.workspace, err = slacktest.Start(slacktest.Config{Channels: list}); err != nil {
		return err
	}
	defer b.workspace.Close()
	b.broker = stomptest.Broker{
		Name: o.Broker, Addr: cmp.Or(o.Address, fmt.Sprintf("localhost:%d", b.platform.STOMPPort())),
		CAFile: cmp.Or(o.CAFile, b.platform.CAFile()), Login: o.Login, Passcode: o.Passcode,
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	fmt.Fprintf(b.Out, "broker              %s at %s\n", b.broker.Name, b.broker.Addr)
	usual, err := b.one(ctx)
	if err != nil {
		return fmt.Errorf("lone calls: %w", err)
	}
	took, err := b.bareLone(ctx, usual)
	if err != nil {
		return fmt.Errorf("bare lone calls: %w", err)
	}
	fmt.Fprintf(b.Out, "bare lone call      %s\n", spread(took[warm:]))
	bare, err := b.bareLoop(ctx, usual)
	if err != nil {
		return fmt.Errorf("bare loop: %w", err)
	}
	fmt.Fprintf(b.Out, "bare loop           %.0f calls/s (%d calls; %s, and an answer of %d bytes to each)\n", bare, b.Calls, statuses(len(usual.statuses)), len(usual.answer))
	if err := b.bursts(ctx, bare); err != nil {
		return fmt.Errorf("burst: %w", err)
	}
	return nil
}

// prepare empties the queues and writes scripts and settings for the service.
func (b *bench) prepare(ctx context.Context) error {
	for _, queue := range []string{resilienttest.Queue, answersQueue, bareQueue, bareAnswersQueue} {
		if _, err := b.broker.Drop(ctx, queue); err != nil {
			return fmt.Errorf("empty %s: %w", queue, err)
		}
	}
	folder := filepath.Join(b.dir, "scripts")
	if _, _, err := scripts.Write(folder); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, functionScript+".js"), []byte(functionSource), 0o600); err != nil {
		return err
	}
	host, port, _ := strings.Cut(b.broker.Addr, ":")
	text := b.platform.AppConfig(map[string]string{
		"api_token": slacktest.DefaultToken, "slack_api_url": b.workspace.APIURL(), "message_interval": "0",
		"state_dir": filepath.Join(b.dir, "state"), "scripts_dir": folder,
	})
	text = strings.Replace(text, fmt.Sprintf("stomp_port=%d\n", b.platform.STOMPPort()),
		fmt.Sprintf("stomp_host=%s\nstomp_port=%s\nstomp_cafile=%s\nlogdir=%s\n", host, port, b.broker.CAFile, b.dir), 1)
	b.config = filepath.Join(b.dir, "app.config")
	return os.WriteFile(b.config, []byte(text), 0o600)
}

func statuses(n int) string {
	if n == 1 {
		return "1 status"
	}
	return fmt.Sprintf("%d statuses", n)
}
