package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/scripts"
)

// visit is the demo with its page, in a folder of its own with the scripts.
type visit struct {
	t       *testing.T
	address string
}

func open(t *testing.T) visit {
	t.Helper()
	t.Chdir(t.TempDir())
	if _, _, err := scripts.Write("scripts"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	from, to := io.Pipe()
	go func() {
		none := func(string) (string, bool) { return "", false }
		ended <- Run(ctx, Options{Getenv: none, Stdout: to, Stderr: io.Discard, Version: "test", Host: "test"})
		to.Close()
	}()
	t.Cleanup(func() {
		stop()
		go io.Copy(io.Discard, from)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	p := visit{t: t}
	lines := bufio.NewScanner(from)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
		if address, ok := strings.CutPrefix(lines.Text(), "  Slack workspace   "); ok {
			p.address = address
		}
	}
	go io.Copy(io.Discard, from)
	if p.address == "" {
		t.Fatal("the demo did not start")
	}
	return p
}

// atFirst is how many workflows the demo has played when the page is there.
const atFirst = 8

// shown is what the page shows, as far as the tests look at it.
type shown struct {
	Messages []struct{ HTML string }
	Panel    struct {
		Offer   struct{ Layouts []string }
		Scripts []shownScript
		Actions []struct {
			Title, Subject, Layout, State string
			Entries                       []struct{ Text string }
		}
	}
}

type shownScript struct {
	Name, State, Problem string
	Samples              []string
}

// script is what the page shows of one.
func (v shown) script(name string) (s shownScript) {
	for _, s = range v.Panel.Scripts {
		if s.Name == name {
			break
		}
	}
	return s
}

// await looks at the page whenever it says that something has changed, until it
// shows what is wanted, and returns how long that took.
func (p visit) await(what string, do func(), holds func(shown) bool) (shown, time.Duration) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", p.address+"/events", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	events := bufio.NewScanner(r.Body)
	do()
	begun := time.Now()
	for events.Scan() { // the first one is for a page that has just been opened
		if !strings.HasPrefix(events.Text(), "event: ") {
			continue
		}
		view, err := http.Get(p.address + "/view")
		if err != nil {
			p.t.Fatal(err)
		}
		var v shown
		err = json.NewDecoder(view.Body).Decode(&v)
		view.Body.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		if holds(v) {
			return v, time.Since(begun)
		}
	}
	p.t.Fatalf("%s: the page never shows it: %v", what, events.Err())
	return shown{}, 0
}

// send presses the button, and returns what went wrong.
func (p visit) send(o slacktest.Order) string {
	p.t.Helper()
	body, err := json.Marshal(o)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.Post(p.address+"/send", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	var answer struct{ Error string }
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	return answer.Error
}

func TestThePageFollowsScriptsAndMessages(t *testing.T) {
	p := open(t)
	first, _ := p.await("the first look", func() {}, func(v shown) bool { return len(v.Panel.Actions) == atFirst && v.Panel.Actions[0].State == "done" })
	if len(first.Messages) != 4 || !strings.Contains(first.Messages[2].HTML, "Open incident 2223") || first.Panel.Actions[0].Layout != card {
		t.Errorf("the page does not open on the card: %+v", first)
	}
	if s := first.script(card); s.Name != card || s.State != "live" || len(s.Samples) != 11 || len(first.Panel.Offer.Layouts) != len(first.Panel.Scripts) {
		t.Errorf("the scripts: %+v", first.Panel)
	}

	file := filepath.Join("scripts", card)
	v, took := p.await("a refused save", func() { servicetest.Edit(t, file, "format(message) {", "format(message) { undefined.x;") },
		func(v shown) bool { return v.script(card).State == "stale" })
	if problem := v.script(card).Problem; !strings.Contains(problem, "undefined.x") || !strings.Contains(problem, "^") {
		t.Errorf("the problem: %s", problem)
	}
	t.Logf("a refused save is red after %v", took)
	if took > time.Second { // 300 ms on a machine with nothing else to do
		t.Errorf("a refused save is red after %v", took)
	}

	v, _ = p.await("a message in the last good version", func() {
		if problem := p.send(slacktest.Order{Object: "incident", Sample: first.Panel.Actions[0].Subject, Layout: card}); problem != "" {
			t.Error(problem)
		}
	}, func(v shown) bool { return len(v.Panel.Actions) == atFirst+1 && v.Panel.Actions[0].State != "running" })
	if a := v.Panel.Actions[0]; a.State != "stale" {
		t.Errorf("a message by a stale script: %+v", a)
	}

	_, took = p.await("a removed script", func() {
		if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}, func(v shown) bool { return len(v.Panel.Scripts) == len(first.Panel.Scripts)-1 })
	t.Logf("a removed script is gone after %v", took)
	v, _ = p.await("a message in a layout that is gone", func() {
		p.send(slacktest.Order{Object: "incident", Sample: first.Panel.Actions[0].Subject, Layout: card})
	}, func(v shown) bool { return len(v.Panel.Actions) == atFirst+2 && v.Panel.Actions[0].State != "running" })
	if a := v.Panel.Actions[0]; a.State != "other" || a.Layout == card {
		t.Errorf("a message in a layout that is gone: %+v", a)
	}
}

func TestThePageSendsEveryObject(t *testing.T) {
	p := open(t)
	sent := atFirst
	for _, o := range []slacktest.Order{
		{Object: "note", Text: "<p><b>bold</b></p>", Layout: "note-reply.js"},
		{Object: "task", Sample: "31 Notify the data protection officer", Layout: "task.js"},
		{Object: "artifact", Sample: "71 https://login.evil.example/portal?user=42", Layout: "artifact.js"},
	} {
		sent++
		v, _ := p.await(o.Object, func() {
			if problem := p.send(o); problem != "" {
				t.Error(problem)
			}
		}, func(v shown) bool { return len(v.Panel.Actions) == sent && v.Panel.Actions[0].State != "running" })
		if a := v.Panel.Actions[0]; a.State != "done" || a.Layout != o.Layout || a.Subject == "" {
			t.Errorf("%+v: %+v", o, a)
		}
	}
	for _, c := range []struct {
		order slacktest.Order
		want  string
	}{
		{slacktest.Order{Object: "note", Text: " \n "}, "empty"},
		{slacktest.Order{Object: "note", Text: strings.Repeat("x", 1<<20)}, "too long"},
		{slacktest.Order{Object: "incident", Sample: "1 nothing"}, "there is no incident"},
	} {
		if got := p.send(c.order); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.order.Object, got, c.want)
		}
	}
}

// From the editor to the next message.
func TestTheEditorChangesTheNextMessage(t *testing.T) {
	p := open(t)
	r, err := http.Get(p.address + "/edit/view?script=default.js")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var v struct {
		Edit struct{ Text, Version, Token string }
	}
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil || v.Edit.Token == "" {
		t.Fatalf("%v: the editor knows %+v", err, v)
	}
	body, err := json.Marshal(map[string]string{
		"script": "default.js", "text": strings.Replace(v.Edit.Text, "labels: {}", `labels: { "Severity": "How bad" }`, 1),
		"version": v.Edit.Version, "token": v.Edit.Token,
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(p.address+"/edit/save", "application/json", bytes.NewReader(body))
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v: %v", err, answer)
	}
	answer.Body.Close()
	// The save is live a moment later: the message that shows it is the proof.
	p.await("the new label", func() {}, func(v shown) bool {
		if len(v.Messages) > 0 && strings.Contains(v.Messages[len(v.Messages)-1].HTML, "How bad: High") {
			return true
		}
		p.send(slacktest.Order{Object: "incident", Sample: "2223 DoS attack in EMEA"})
		return false
	})
}
