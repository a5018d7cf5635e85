package resilienttest

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

func TestAutomaticRulesWantWhatTheirConditionsSay(t *testing.T) {
	name := func(s string) *string { return &s }
	conditions := []resilient.RuleCondition{
		{EvaluationID: new(1), FieldName: name("incident.properties.slack_id"), Method: "has_a_value"},
		{EvaluationID: new(2), FieldName: name("incident.name"), Method: "changed"},
		{EvaluationID: new(12), FieldName: name("incident.severity_code"), Method: "changed"},
	}
	posted := Incident{Properties: map[string]string{"slack_id": "1.2"}}
	for _, tt := range []struct {
		logic, custom string
		event         event
		want          bool
	}{
		{"all", "", event{incident: posted, changed: []string{"incident.name"}}, false},
		{"all", "", event{incident: posted, changed: []string{"incident.name", "incident.severity_code"}}, true},
		{"any", "", event{changed: []string{"incident.name"}}, true},
		{"any", "", event{changed: []string{"incident.owner_id"}}, false},
		{"advanced", "1 AND (2 OR 12)", event{incident: posted, changed: []string{"incident.severity_code"}}, true},
		{"advanced", "1 AND (2 OR 12)", event{changed: []string{"incident.severity_code"}}, false},
		{"advanced", "1 AND (2 OR 12)", event{incident: posted, changed: []string{"incident.properties.slack_id"}}, false},
	} {
		got, err := wants(resilient.RuleDefinition{LogicType: tt.logic, Custom: tt.custom, Conditions: conditions}, tt.event)
		if err != nil || got != tt.want {
			t.Errorf("%s %s, changed %q: got %v, %v", tt.logic, tt.custom, tt.event.changed, got, err)
		}
	}
	for _, r := range []resilient.RuleDefinition{
		{LogicType: "advanced", Custom: "1 AND 7", Conditions: conditions},
		{LogicType: "advanced", Custom: "1 AND (", Conditions: conditions},
		{LogicType: "all", Conditions: []resilient.RuleCondition{{Method: "removed"}}},
	} {
		if got, err := wants(r, event{}); err == nil {
			t.Errorf("%s %+v: got %v", r.Custom, r.Conditions, got)
		}
	}
}

// The guide's lines for further fields, put where it says.
func TestFieldsOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../../cmd/fn-slack/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(guide), "```python\n")
	lines, _, _ = strings.Cut(lines, "```")
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	if err := p.AddFields(lines); err != nil {
		t.Fatal(err)
	}
	want := func(owner, status string) {
		t.Helper()
		call, header := take(t, p)
		text, err := call.Inputs.Text("slack_details")
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := details.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, d := range list {
			got[d.Label] = string(d.Data)
		}
		if diff := cmp.Diff([]string{owner, status}, []string{got["Owner"], got["Status"]}); diff != "" {
			t.Errorf("owner and status (-want +got):\n%s", diff)
		}
		answer(p, header, result(t, map[string]any{"ts": "1.2"}))
	}
	run, err := p.CreateSlackMessage(deadline(t), IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	want(`null`, `"Active"`)
	if _, err := run.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	runs, err := p.ChangeIncident(deadline(t), IncidentDoS, func(i *Incident) { i.Owner, i.Status = "Anna", "Closed" })
	if err != nil || len(runs) != 1 {
		t.Fatalf("got runs %v, %v", runs, err)
	}
	want(`"Anna"`, `"Closed"`)
}
