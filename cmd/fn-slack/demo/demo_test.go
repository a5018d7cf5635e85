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

func TestDemoOnce(t *testing.T) {
	stdout := once(t)
	var steps []played
	dec := json.NewDecoder(strings.NewReader(stdout))
	for dec.More() {
		var s played
		if err := dec.Decode(&s); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		steps = append(steps, s)
	}
	if len(steps) != 4 || strings.Count(stdout, "\n") != 4 {
		t.Fatalf("%d steps, want 4, one a line: %s", len(steps), stdout)
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

func TestDemoUsesTheScriptsOfTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := scripts.Write("scripts"); err != nil {
		t.Fatal(err)
	}
	servicetest.Edit(t, filepath.Join("scripts", "default.js"), "labels: {}", `labels: { "Severity": "How bad", "Confirmed": null }`)
	if stdout := once(t); !strings.Contains(stdout, `\nHow bad: High\n`) || strings.Contains(stdout, "Confirmed") {
		t.Error(stdout)
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
