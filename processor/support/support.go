package support

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/status"
)

// Config says what the archive is about.
type Config struct {
	Version, Host string
	Settings      *config.Settings
	Problem       error  // with the settings; nil is none
	ScriptsDir    string // of the settings, or the default
	Secrets       *mask.Secrets
	Time          time.Time // of the archive
}

// Write writes the archive, a compressed tar file with a folder of the name given.
func Write(ctx context.Context, to io.Writer, folder string, cfg Config) error {
	zipped := gzip.NewWriter(to)
	archive := tar.NewWriter(zipped)
	for _, part := range []struct {
		name string
		make func(context.Context, Config) (string, error)
	}{
		{"version.txt", versions},
		{"settings.txt", settings},
		{"status.json", report},
		{"metrics.txt", ask("/metrics")},
		{"scripts.txt", scripts},
		{"log.txt", lastLines},
	} {
		text, err := part.make(ctx, cfg)
		if err != nil {
			text += fmt.Sprintf("(not to be had: %v)\n", err)
		}
		text = cfg.Secrets.Text(text)
		head := &tar.Header{Name: folder + "/" + part.name, Mode: 0o600, Size: int64(len(text)), ModTime: cfg.Time}
		if err := archive.WriteHeader(head); err != nil {
			return err
		}
		if _, err := io.WriteString(archive, text); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

func versions(_ context.Context, cfg Config) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "fn-slack %s\n%s %s/%s, %d processors\non %s, %s\n", cfg.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), cfg.Host, cfg.Time.UTC().Format(time.RFC3339))
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			fmt.Fprintf(&b, "%s %s\n", m.Path, m.Version)
		}
	}
	return b.String(), nil
}

func settings(_ context.Context, cfg Config) (string, error) {
	var b strings.Builder
	for _, e := range cfg.Settings.Effective() {
		fmt.Fprintf(&b, "%s.%s = %s  # %s\n", e.Section, e.Key, strings.ReplaceAll(e.Value, "\n", `\n`), e.Origin)
	}
	for _, note := range append(cfg.Settings.Notes, cfg.Settings.Warnings...) {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	if cfg.Problem != nil {
		fmt.Fprintf(&b, "wrong: %v\n", cfg.Problem)
	}
	return b.String(), nil
}

// ask gets a page of the running service, which names no incident.
func ask(path string) func(context.Context, Config) (string, error) {
	return func(ctx context.Context, cfg Config) (string, error) {
		if cfg.Settings.Slack.StatusAddress == "" {
			return "", errors.New("status_address is off in the settings")
		}
		raw, err := status.Get(ctx, cfg.Settings.Slack.StatusAddress, path)
		return string(raw), err
	}
}

// report is the status without the errors of scripts, which may quote a sample that
// somebody took from a real call.
func report(ctx context.Context, cfg Config) (string, error) {
	text, err := ask("/status")(ctx, cfg)
	if err != nil {
		return "", err
	}
	var members map[string]json.RawMessage
	var list []map[string]any
	if err := errors.Join(json.Unmarshal([]byte(text), &members), json.Unmarshal(members["scripts"], &list)); err != nil {
		return "", err
	}
	for _, script := range list {
		if said, ok := script["error"].(string); ok {
			script["error"] = ofLength(said)
		}
	}
	if members["scripts"], err = json.Marshal(list); err != nil {
		return "", err
	}
	js, err := json.MarshalIndent(members, "", "  ")
	return string(js), err
}

func scripts(ctx context.Context, cfg Config) (string, error) {
	folder, err := engine.ReadFolder(ctx, cfg.ScriptsDir, 0)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", cfg.ScriptsDir)
	for _, name := range folder.Names(".") {
		text, err := folder.Text(name)
		if err != nil {
			fmt.Fprintf(&b, "%v\n", err)
			continue
		}
		fmt.Fprintf(&b, "%x  %6d bytes  %s\n", sha256.Sum256([]byte(text)), len(text), name)
	}
	return b.String(), nil
}

func lastLines(_ context.Context, cfg Config) (string, error) {
	r := cfg.Settings.Resilient
	name := filepath.Join(r.LogDir, r.LogFile)
	raw, err := tail(name, maxLog)
	if err != nil {
		return "", fmt.Errorf("%w; a service without logdir logs to the standard error alone", err)
	}
	var b bytes.Buffer
	for line := range bytes.Lines(raw) {
		b.WriteString(withoutText(string(line)))
	}
	return b.String(), nil
}
