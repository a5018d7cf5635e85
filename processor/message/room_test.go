package message_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

const incident = resilienttest.IncidentDoS

// roomBench is a service with a platform.
func roomBench(t *testing.T, scripts map[string]string) (*calltest.Bench, *resilienttest.Platform) {
	t.Helper()
	platform, err := resilienttest.Start(resilienttest.Config{})
	calltest.Must(t, err)
	t.Cleanup(func() { platform.Close() })
	authority, err := os.ReadFile(platform.CAFile())
	calltest.Must(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	key, keySecret := platform.APIKey()
	client, err := resilient.New(resilient.Config{
		Host: platform.Host(), Port: platform.Port(), Org: resilienttest.OrgName, APIKeyID: key, APIKeySecret: secret.New(keySecret), TLS: &tls.Config{RootCAs: pool},
	})
	calltest.Must(t, err)
	_, err = client.Login(t.Context())
	calltest.Must(t, err)
	t.Cleanup(client.Close)
	return calltest.New(t, calltest.Options{Scripts: scripts, Platform: client, Slack: slacktest.Config{
		Users:    []slacktest.User{{ID: "U0STANDIN1", Name: "ada", RealName: "Ada Analyst", Email: "ada@example.com"}},
		Channels: []slacktest.Channel{{Name: "general"}, {Name: "soc"}},
	}}), platform
}

// inRoom are the inputs of a call for the incident.
func inRoom(text string, more map[string]any) map[string]any {
	inputs := map[string]any{"incident_id": incident, "slack_text": text}
	for name, value := range more {
		inputs[name] = value
	}
	return inputs
}

func TestFirstCallMakesTheChannelOfTheIncident(t *testing.T) {
	b, platform := roomBench(t, nil)
	first := map[string]any{"slack_channel": "INC 2223", "slack_is_channel_private": true, "slack_participant_emails": "ada@example.com, nobody@example.com"}
	text := `{"Resilient URL": {"type": "incident", "data": "2223"}, "Type of data": {"type": "string", "data": "Incident"}, "Name": {"type": "string", "data": "DoS"}}`
	statuses, results := b.Result(b.Call(inRoom(text, first)))
	calltest.Contains(t, strings.Join(statuses, ". "), "Made private Slack channel #inc-2223", "nobody@example.com", "Message added to Slack")
	calltest.Contains(t, fmt.Sprint(results["notes"]), "cannot be called", "nobody@example.com")
	messages := b.Slack.Messages("inc-2223")
	if len(messages) != 1 || len(messages[0].Sent.Attachments) != 1 {
		t.Fatalf("messages %+v", messages)
	}
	calltest.Contains(t, string(messages[0].Sent.Attachments[0]), "#36a64f", "https://soar.example.com/#incidents/2223", "DoS")
	link := fmt.Sprint(results["permalink"])
	calltest.Contains(t, link, "/archives/"+messages[0].Channel+"/p")
	got := map[string]any{"channel": results["channel"], "url": results["url"], "user_info": results["user_info"]}
	want := map[string]any{"channel": "inc-2223", "url": link, "user_info": []any{"ada: ada@example.com"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	rows := platform.Rows(incident)
	if len(rows) != 1 || rows[0].Cells["slack_db_channel"] != "inc-2223" {
		t.Fatalf("rows %v", rows)
	}
	calltest.Contains(t, fmt.Sprint(rows[0].Cells["slack_db_permalink"]), `<a href="`+link+`">Link</a>`)

	asked := b.Slack.Calls("users.info")
	_, results = b.Result(b.Call(inRoom("just words", nil)))
	if results["channel"] != "inc-2223" || b.Slack.Messages("inc-2223")[1].Sent.Text != "just words" {
		t.Errorf("the second call: %v, %+v", results["channel"], b.Slack.Messages("inc-2223"))
	}
	if n := b.Slack.Calls("users.info") - asked; n > 0 {
		t.Errorf("%d people were asked for again", n)
	}
}

// Calls without a channel come into that of the incident in the order in which they
// were delivered.
func TestOrderInTheChannelOfTheIncident(t *testing.T) {
	b, _ := roomBench(t, nil)
	ids := []string{b.Call(inRoom("call 0", map[string]any{"slack_channel": "inc", "slack_is_channel_private": false}))}
	b.Result(ids[0])
	for i := 1; i < 12; i++ {
		ids = append(ids, b.Call(inRoom(fmt.Sprintf("call %d", i), nil)))
	}
	for _, id := range ids[1:] {
		b.Result(id)
	}
	for i, m := range b.Slack.Messages("inc") {
		if m.Sent.Text != fmt.Sprintf("call %d", i) {
			t.Errorf("message %d is %q", i, m.Sent.Text)
		}
	}
}

func TestWhatNeedsNoChannelMakesNone(t *testing.T) {
	for name, c := range map[string]struct {
		script   string
		messages int // in #soc
		made     bool
	}{
		"skipped":           {`export default { format: () => ({ skip: "no" }) };`, 0, false},
		"elsewhere":         {`export default { format: (m) => ({ text: m.text, channel: "soc" }) };`, 1, false},
		"elsewhere refused": {`export default { format: (m) => ({ text: m.text, channel: "nowhere" }) };`, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, platform := roomBench(t, map[string]string{"default.js": c.script})
			_, results := b.Result(b.Call(inRoom("words", map[string]any{"slack_channel": "inc", "slack_is_channel_private": false})))
			made := b.Slack.Calls("conversations.create") > 0
			if n := len(b.Slack.Messages("soc")); n != c.messages || made != c.made || made != (len(platform.Rows(incident)) == 1) {
				t.Errorf("%d messages in #soc, channel made: %v, rows %v", n, made, platform.Rows(incident))
			}
			if _, there := results["url"]; !there {
				t.Error("the results lack url")
			}
			if _, list := results["user_info"].([]any); !list || results["channel"] == "" {
				t.Errorf("channel %v, user_info %v", results["channel"], results["user_info"])
			}
		})
	}
}

// Slack has a rule that nobody knows: the text goes out alone, without the bar.
func TestBarThatSlackRefuses(t *testing.T) {
	b, _ := roomBench(t, nil)
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Code: "invalid_blocks"})
	statuses, _ := b.Result(b.Call(inRoom(`{"Type of data": {"type": "string", "data": "Task"}, "Name": {"type": "string", "data": "DoS"}}`, map[string]any{"slack_channel": "soc"})))
	calltest.Contains(t, strings.Join(statuses, " "), "invalid_blocks", "classic layout")
	m := b.Slack.Messages("soc")[0].Sent
	if m.Text != "*SOAR Task*\n*Name*: DoS" || m.Attachments != nil || m.Blocks != nil {
		js, _ := json.Marshal(m)
		t.Errorf("posted %s", js)
	}
}

// The message is posted: that its link cannot be kept fails nothing.
func TestLinkThatCannotBeKept(t *testing.T) {
	b, platform := roomBench(t, nil)
	platform.PutRow(incident, map[string]any{"slack_db_res_id": "RES-2223", "slack_db_channel": "soc", "slack_db_permalink": "N/A"})
	platform.SetFaults(resilienttest.Faults{NoPermission: true})
	_, results := b.Result(b.Call(inRoom("words", nil)))
	calltest.Contains(t, fmt.Sprint(results["notes"]), "link to the message is not in the data table")
	if len(b.Slack.Messages("soc")) != 1 {
		t.Errorf("messages %+v", b.Slack.Messages("soc"))
	}
}

func TestRoomThatCannotBeEntered(t *testing.T) {
	b, _ := roomBench(t, nil)
	calltest.Contains(t, b.Failure(b.Call(inRoom("words", nil))), "slack_channel")
	calltest.Contains(t, b.Failure(b.Call(inRoom("words", map[string]any{"slack_channel": "nowhere"}))), "#nowhere", "slack_is_channel_private")
	calltest.Contains(t, b.Failure(b.Call(inRoom("words", map[string]any{"incident_id": 0}))), "incident_id")
	if n := b.Slack.Count(); n != 0 {
		t.Errorf("%d messages", n)
	}
}
