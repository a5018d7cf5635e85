package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/scripts"
)

func TestMain(m *testing.M) { servicetest.Main(m, nil) }

// once runs the demo as --once does, and returns what it prints.
func once(t *testing.T) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	err := Run(t.Context(), Options{Once: true, Getenv: none, Stdout: &stdout, Stderr: &stderr, Version: "test", Host: "test"})
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, &stderr)
	}
	servicetest.NoSecretIn(t, stdout.String())
	return stdout.String()
}

// The real input in the classic layout, as the original's users know it.
const classicIncident = `Resilient Incident: DoS attack in EMEA
Resilient URL: https://localhost:%s/#incidents/2223
Description: Severe issue affecting perimeter routers
Confirmed: Yes
Create Date: 2018-04-27T19:33:36Z
Start Date: 2018-04-27T12:00:00Z
Severity: High
NIST Vectors: [Attrition (Denial-of-Service and Brute-Force Attacks)]
Incident Types: [Denial of Service]`

const classicNote = `Resilient URL: https://localhost:%s/#incidents/2223
Note: Review firewall rules in GR and UK`

// steps reads what --once prints: one step a line.
func steps(t *testing.T, stdout string) (list []played) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var s played
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		list = append(list, s)
	}
	return list
}

func TestDemoOnce(t *testing.T) {
	stdout := once(t)
	steps := steps(t, stdout)
	if len(steps) < 4 {
		t.Fatalf("%d steps: %s", len(steps), stdout)
	}
	post, reply := steps[0], steps[2]
	_, rest, _ := strings.Cut(post.Text, "https://localhost:")
	port, _, _ := strings.Cut(rest, "/")
	for i, want := range []played{
		{Step: "post", Workflow: "create_slack_message", Author: "Resilient", Text: fmt.Sprintf(classicIncident, port), TS: post.TS},
		{Step: "result", Workflow: "create_slack_message", Text: "Completed", TS: post.TS},
		{Step: "reply", Workflow: "create_slack_reply", Author: "Anna Analyst", Text: fmt.Sprintf(classicNote, port), TS: reply.TS, ThreadTS: post.TS},
		{Step: "result", Workflow: "create_slack_reply", Text: "Completed", TS: reply.TS, ThreadTS: post.TS},
	} {
		got := steps[i]
		if got.Duration <= 0 || got.TS == "" || got.Channel != channel || got.Script != "default.js" {
			t.Errorf("step %d: %+v", i, got)
		}
		if got.Step != want.Step || got.Workflow != want.Workflow || got.Author != want.Author || got.Text != want.Text ||
			got.TS != want.TS || got.ThreadTS != want.ThreadTS {
			t.Errorf("step %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
	if want := []string{"Rendered by default.js. Message added to Slack", "Completed"}; fmt.Sprint(steps[1].Statuses) != fmt.Sprint(want) {
		t.Errorf("statuses %q, want %q", steps[1].Statuses, want)
	}
	if reply.TS == post.TS {
		t.Error("the reply is the message itself")
	}
}

func TestDemoOncePlaysARoomAndACard(t *testing.T) {
	steps := steps(t, once(t))
	if len(steps) != 10 {
		t.Fatalf("%d steps: %+v", len(steps), steps)
	}
	for i, want := range []struct{ step, channel, text, said string }{
		{"room", "inc-2223", "DoS attack in EMEA", "Made public Slack channel #inc-2223. Slack channel #inc-2223 is now that of RES-2223. Invited to #inc-2223: ada@example.com, leo@example.com. " +
			"Not invited, because nobody in Slack has the address: guest@partner.example. Message added to Slack"},
		{"file", "inc-2223", "Packets at the perimeter, by minute", `File "netflow.csv" added to Slack`},
		{"task", "inc-2223-privacy", "Notify the data protection officer", "Made private Slack channel #inc-2223-privacy. Slack channel #inc-2223-privacy is now that of RES-2223-31."},
		{"archive", "inc-2223", "", "The history of 5 messages is attached to RES-2223 as Slack_channel_inc-2223_history.txt. Slack channel #inc-2223 is archived"},
		{"card", "soc", "🟠 Medium", "Message added to Slack"},
		{"update", "soc", "Owner: – → Ada Analyst\nSeverity: :large_orange_circle: Medium → :red_circle: High", "Message brought up to date in Slack"},
	} {
		got := steps[4+i]
		if got.Step != want.step || got.Channel != want.channel || !strings.Contains(got.Text, want.text) || !strings.Contains(strings.Join(got.Statuses, " "), want.said) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
	files := fmt.Sprint(steps[5].Files, steps[7].Files)
	if want := "[{netflow.csv 3027}] [{Slack_channel_inc-2223_history.txt "; !strings.HasPrefix(files, want) {
		t.Errorf("files %s, want %s…", files, want)
	}
	if steps[9].TS != steps[8].TS {
		t.Errorf("the card is %s, and %s was brought up to date", steps[8].TS, steps[9].TS)
	}
}

func TestTheFieldsOfTheCardAreThoseOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../README.md")
	if err != nil || !strings.Contains(string(guide), ownFields) {
		t.Errorf("%v: the guide does not have\n%s", err, ownFields)
	}
}

func TestDemoUsesTheScriptsOfTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := scripts.Write("scripts"); err != nil {
		t.Fatal(err)
	}
	servicetest.Edit(t, filepath.Join("scripts", "default.js"), "labels: {}", `labels: { "Severity": "How bad", "Confirmed": null }`)
	if text := steps(t, once(t))[0].Text; !strings.Contains(text, "\nHow bad: High\n") || strings.Contains(text, "Confirmed") {
		t.Error(text)
	}
}

// Who follows the README in a clone changes neither what the tests expect nor
// what go install embeds, and finds the own layout again.
func TestDemoLeavesTheSourceTreeAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := scripts.Write("scripts"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("scripts", "scripts.go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	servicetest.Edit(t, filepath.Join("scripts", "default.js"), "labels: {}", `labels: { "Severity": "Not this one" }`)
	if stdout := once(t); !strings.Contains(stdout, `\nSeverity: High\n`) {
		t.Error(stdout)
	}
	servicetest.Edit(t, filepath.Join("layouts", "default.js"), "labels: {}", `labels: { "Severity": "How bad" }`)
	if stdout := once(t); !strings.Contains(stdout, `\nHow bad: High\n`) {
		t.Error(stdout)
	}
}
