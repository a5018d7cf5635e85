package service_test

import (
	"io"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestAttachmentsArePosted(t *testing.T) {
	w := servicetest.Start(t)
	w.Replace(t, "[fn_slack]", "[fn_slack]\nallow_malware_samples=true")
	w.Platform.PutFile(resilienttest.File{
		ID: 27, Artifact: 81, Kind: "Malware Sample", Incident: resilienttest.IncidentDoS, Name: "evil.exe", Size: 2,
		Contents: func() io.Reader { return strings.NewReader("MZ") },
	})
	w.Replace(t, "status_address=off", "status_address=127.0.0.1:0")
	r := w.Run(t)
	body := calltest.Body(t, "slack_post_attachment", map[string]any{"incident_id": resilienttest.IncidentDoS, "artifact_id": 81, "slack_channel": "general"})
	w.Platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/acks.201.other", "correlation-id": "invid:1"}, []byte(body))
	servicetest.Until(t, "the file is in Slack", func() bool { return len(w.Workspace.Messages("general")) == 1 })
	if f := w.Workspace.Messages("general")[0].File; f == nil || f.Name != "evil.exe" {
		t.Errorf("the message has %+v", f)
	}
	// The address of an upload is another one each time.
	_, metrics := ask(t, r.StatusAddress(), "/metrics", "")
	calltest.Contains(t, metrics, `fn_slack_slack_request_duration_seconds_count{method="upload",status="200"} 1`)
}
