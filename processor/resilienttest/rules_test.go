package resilienttest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// fields are the labels of slack_text in their order, with the data of each.
func fields(t *testing.T, call resilient.Call) (list [][2]string) {
	t.Helper()
	text, err := call.Inputs.Text("slack_text")
	if err != nil {
		t.Fatal(err)
	}
	read, notes, err := details.Read(text)
	if err != nil || len(notes) > 0 {
		t.Fatalf("%v, notes %q: %s", err, notes, text)
	}
	for _, d := range read {
		list = append(list, [2]string{d.Label, string(d.Data)})
	}
	return list
}

func given(t *testing.T, call resilient.Call) map[string]any {
	t.Helper()
	js, err := json.Marshal(call.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	var inputs map[string]any
	if err := json.Unmarshal(js, &inputs); err != nil {
		t.Fatal(err)
	}
	for name, v := range inputs {
		if v == nil || name == "slack_text" {
			delete(inputs, name)
		}
	}
	return inputs
}

func TestTheRulesOfTheLaterPackage(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	private := false
	room := RuleFields{Channel: "war-room", Emails: "a@example.com", Text: `look "here"`, Private: &private}
	const url = `https://soc.slack.com/archives/C1/p1?a=1&b="`
	results := map[string]any{"channel": "war-room", "url": url, "user_info": []string{"Anna <a@example.com>"}}
	link := `<a href="https://soc.slack.com/archives/C1/p1?a=1&amp;b=&quot;">#war-room</a>.<br>Members of the channel:<br>Anna &lt;a@example.com&gt;`
	for _, tt := range []struct {
		order    Order
		function string
		inputs   map[string]any
		fields   [][2]string // nil: plain text
		note     Note
	}{
		{Order{Object: "incident", ID: IncidentDoS, Rule: "Example: Post Incident to Slack", Fields: room}, "slack_post_message",
			map[string]any{"incident_id": 2223.0, "slack_channel": "war-room", "slack_participant_emails": "a@example.com", "slack_is_channel_private": false},
			[][2]string{{"Additional Text", `"look \"here\""`}, {"Resilient URL", `"2223"`}, {"Type of data", `"Incident"`}, {"Incident ID", `"2223"`},
				{"Incident name", `"DoS attack in EMEA"`}, {"Description", `"<div class=\"rte\"><div>Severe issue affecting perimeter routers</div></div>"`},
				{"Incident Types", `"Denial of Service"`}, {"NIST Attack Vectors", `"Attrition (Denial-of-Service and Brute-Force Attacks)"`}, {"Confirmed", `"True"`},
				{"Date Created", "1524857616000"}, {"Date Occurred", "1524830400000"}, {"Date Discovered", "1524857616000"}, {"Severity", `"High"`}},
			Note{"incident", "The incident was posted to the Slack channel " + link}},
		{Order{Object: "note", ID: IncidentDoS, Task: 31, Author: "Jo", HTML: "<b>x</b>", Rule: "Example: Post Note to Slack"}, "slack_post_message",
			map[string]any{"incident_id": 2223.0, "task_id": 31.0},
			[][2]string{{"Additional Text", "null"}, {"Resilient URL", `"2223?task_id=31"`}, {"Type of data", `"Task Note"`}, {"Incident ID", `"2223"`},
				{"Task", `"Notify the data protection officer"`}, {"Note", `"<b>x</b>"`}},
			Note{"task", "The note was posted to the Slack channel " + link}},
		{Order{Object: "note", ID: IncidentDoS, HTML: "x", Rule: "Example: Post Note to Slack", Fields: RuleFields{ChannelID: "C9"}}, "slack_post_message",
			map[string]any{"incident_id": 2223.0, "slack_channel_id": "C9"},
			[][2]string{{"Additional Text", "null"}, {"Resilient URL", `"2223"`}, {"Type of data", `"Incident Note"`}, {"Incident ID", `"2223"`}, {"Task", "null"}, {"Note", `"x"`}},
			Note{"incident", "The note was posted to the Slack channel " + link}},
		{Order{Object: "task", ID: 32, Rule: "Example: Post Task to Slack"}, "slack_post_message",
			map[string]any{"incident_id": 2223.0, "task_id": 32.0},
			[][2]string{{"Additional Text", "null"}, {"Resilient URL", `"2223?task_id=32"`}, {"Type of data", `"Task"`}, {"Incident ID", `"2223"`}, {"Task Name", `"Block the sources at the perimeter"`},
				{"Task Status", `"Closed"`}, {"Task Owner", `"Bob Operator"`}, {"Task Due Date", "1524834000000"}},
			Note{"task", "The task was posted to the Slack channel " + link}},
		{Order{Object: "artifact", ID: 72, Rule: "Example: Post Artifact to Slack"}, "slack_post_message", map[string]any{"incident_id": 2223.0},
			[][2]string{{"Additional Text", "null"}, {"Resilient URL", `"2223"`}, {"Type of data", `"Artifact"`}, {"Incident ID", `"2223"`}, {"Artifact Type", `"IP Address"`},
				{"Artifact Value", `"198.51.100.23"`}, {"Artifact Created By", `"Resilient Sysadmin"`}, {"Artifact Created on", "1790000400000"}},
			Note{"incident", "The artifact was posted to the Slack channel " + link}},
		{Order{Object: "attachment", ID: 27, Incident: IncidentDoS, Task: 31, Rule: "Example: Post Incident / Task Attachment to Slack", Fields: room}, "slack_post_attachment",
			map[string]any{"incident_id": 2223.0, "task_id": 31.0, "attachment_id": 27.0, "slack_channel": "war-room", "slack_participant_emails": "a@example.com", "slack_is_channel_private": false},
			nil, Note{"task", "The attachment was posted to the Slack channel " + link}},
		{Order{Object: "incident", ID: IncidentDoS, Rule: "Example: Archive Incident Slack Channel"}, "slack_archive_channel", map[string]any{"incident_id": 2223.0},
			nil, Note{"incident", "The Slack channel #war-room was archived; its history is among the attachments."}},
		{Order{Object: "task", ID: 31, Rule: "Example: Archive Task Slack Channel", Fields: RuleFields{ChannelID: "C9"}}, "slack_archive_channel",
			map[string]any{"incident_id": 2223.0, "task_id": 31.0, "slack_channel_id": "C9"},
			nil, Note{"task", "The Slack channel #war-room was archived; its history is among the attachments."}},
	} {
		run, err := p.Play(deadline(t), tt.order)
		if err != nil {
			t.Fatal(err)
		}
		call, header := take(t, p)
		if diff := cmp.Diff(tt.inputs, given(t, call)); diff != "" || call.Function != tt.function {
			t.Errorf("%s: calls %s (-want +got):\n%s", tt.order.Rule, call.Function, diff)
		}
		if tt.fields != nil {
			if diff := cmp.Diff(tt.fields, fields(t, call)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.order.Rule, diff)
			}
		}
		answer(p, header, result(t, results))
		if status, err := run.Wait(deadline(t)); err != nil || status.State != Completed || !cmp.Equal([]Note{tt.note}, status.Notes) {
			t.Errorf("%s: %v %s %s, notes %q, want %q", tt.order.Rule, err, status.State, status.Text(), status.Notes, tt.note)
		}
	}
}

// A file goes out as a file, anything else as text; a sample of malware is no file here.
func TestArtifactsHaveOneOfTwoRules(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	_, err := p.Play(deadline(t), Order{Object: "artifact", ID: 72, Rule: "Example: Post Artifact Attachment to Slack"})
	if err == nil || !strings.Contains(err.Error(), "no such menu item") {
		t.Errorf("an address as a file: %v", err)
	}
	for _, r := range p.Deployed().Rules {
		if r.ObjectType != "artifact" {
			continue
		}
		for kind, file := range map[string]bool{"Email Attachment": true, "Log File": true, "Malware Sample": false, "URL": false} {
			ok, err := shown(r.Conditions[0], starlark.StringDict{"artifact": artifactObject(Artifact{Kind: kind})})
			if want := file == (r.Conditions[0].Method == "in"); err != nil || ok != want {
				t.Errorf("%s for a %s: %v, %v", r.Name, kind, ok, err)
			}
		}
	}
}

func TestNothingPostedIsNotNoted(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	for _, results := range []any{nil, map[string]any{"skipped": "night"}} {
		run, err := p.Play(deadline(t), Order{Object: "incident", ID: IncidentDoS, Rule: "Example: Post Incident to Slack"})
		if err != nil {
			t.Fatal(err)
		}
		_, header := take(t, p)
		answer(p, header, result(t, results))
		if status, err := run.Wait(deadline(t)); err != nil || status.State != Completed || status.Notes != nil {
			t.Errorf("%v: %v %+v", results, err, status)
		}
	}
}
