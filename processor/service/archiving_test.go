package service_test

import (
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestChannelsAreArchived(t *testing.T) {
	w := servicetest.StartWith(t, resilienttest.Config{}, slacktest.Config{Channels: []slacktest.Channel{{ID: "C0ROOM0000", Name: "inc-2223"}}})
	w.Replace(t, "[fn_slack]", "[fn_slack]\narchive_format=text,json\ntime_zone=Asia/Tokyo")
	w.Run(t)
	w.Workspace.Put("inc-2223", map[string]any{"user": "U0STANDIN1", "text": "hello"})
	body := calltest.Body(t, "slack_archive_channel", map[string]any{"incident_id": resilienttest.IncidentDoS, "slack_channel_id": "C0ROOM0000"})
	w.Platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/acks.201.other", "correlation-id": "invid:1"}, []byte(body))
	servicetest.Until(t, "archived", func() bool { return w.Workspace.Rooms()[0].Archived })
	uploads := w.Platform.Uploads()
	if len(uploads) != 2 || !strings.HasPrefix(string(uploads[0].Content), "1 - ada POSTED ON ") {
		t.Errorf("attachments %+v", uploads)
	}
	if last := w.Workspace.Messages("inc-2223")[1]; last.Sent.Username != "Resilient" {
		t.Errorf("the last message is by %q", last.Sent.Username)
	}
}
