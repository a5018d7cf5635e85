package service_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// TestALargeInstallation holds the bounds of processor/README.md: 64 channels, 50
// scripts with 5,000 samples, and 1,000 calls that wait when the service starts.
func TestALargeInstallation(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_LONG") == "" {
		t.Skip("set FN_SLACK_TEST_LONG=1 to run it")
	}
	const (
		channels, scripts, samples, calls = 64, 50, 100, 1000 // samples of each script

		firstStart  = 60 * time.Second // until all is answered and each sample was tried
		secondStart = 10 * time.Second // until a call is answered by a script of the folder
		reload      = 60 * time.Second // of all scripts with all samples
		memory      = 100.0            // MiB of the service and its workers, without their files
	)
	d := newDrill(t, stomptest.LikeActiveMQ)
	d.channels = nil
	var rooms []slacktest.Channel
	for i := range channels {
		d.channels = append(d.channels, fmt.Sprintf("room-%02d", i))
		rooms = append(rooms, slacktest.Channel{Name: d.channels[i]})
	}
	var err error
	d.slack, err = slacktest.Start(slacktest.Config{Channels: rooms})
	d.must(err)
	t.Cleanup(func() { d.slack.Close() })
	folder := filepath.Join(d.dir, "scripts")
	d.config["scripts_dir"] = folder
	write := func(name, text string) {
		name = filepath.Join(folder, name)
		d.must(os.MkdirAll(filepath.Dir(name), 0o755))
		d.must(os.WriteFile(name, []byte(text), 0o644))
	}
	shared := `export const shown = (m) => m.fields.map((f) => f.label + ": " + f.text).join("\n");`
	write("lib/shared.js", shared)
	for i := range scripts {
		name := fmt.Sprintf("layout-%02d", i)
		if i == 0 {
			name = "default"
		}
		write(name+".js", `import { shown } from "./lib/shared.js"; export default { format: (m) => ({ text: shown(m), blocks: [slack.section(shown(m))] }) };`)
		for k := range samples {
			write(fmt.Sprintf("samples/%s/%03d.json", name, k), fmt.Sprintf(
				`{"Incident": {"type": "string", "data": "sample %d"}, "Description": {"type": "richtext", "data": "<p>some <b>text</b></p>"}, "Severity": {"type": "string", "data": "High"}}`, k))
		}
	}

	d.send(calls)
	begun := time.Now()
	s := d.start("a")
	d.until("all answered", func() bool { return d.answered() == len(d.sent) })
	answered := time.Since(begun)
	d.until("all scripts are live", func() bool { return strings.Count(s.log.String(), `msg="script live"`) == scripts })
	first := time.Since(begun)
	d.balance(true)
	idle := d.resident(s)

	write("lib/shared.js", shared+" // changed")
	begun = time.Now()
	d.until("all scripts are live again", func() bool { return strings.Count(s.log.String(), `msg="script live"`) == 2*scripts })
	again := time.Since(begun)
	used := d.resident(s)
	d.end("a")

	begun = time.Now()
	d.start("a")
	d.send(1)
	d.until("the first call after a restart", func() bool { return d.answered() == len(d.sent) })
	second := time.Since(begun)
	list := d.slack.Messages(d.channels[calls%channels])
	if len(list) == 0 || resilienttest.CallNumber(list[len(list)-1].Sent.Text) != calls || len(list[len(list)-1].Sent.Blocks) == 0 {
		t.Error("the first call after a restart is not laid out by its script")
	}
	d.balance(true)
	t.Logf("%d calls that waited answered after %v, all of %d samples tried after %v, all scripts again after %v, a call after a restart after %v; %.0f MiB after the start, %.0f after the reload",
		calls, answered, scripts*samples, first, again, second, idle, used)
	if first > firstStart || second > secondStart || again > reload || max(idle, used) > memory {
		t.Error("beyond the bounds")
	}
}
