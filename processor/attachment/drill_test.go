package attachment_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drill is a service with the function that is killed.
type drill struct{ *calltest.Drill }

func newDrill(t *testing.T) drill {
	t.Helper()
	d := drill{calltest.StartDrill(t, workspace(2), resilienttest.Faults{})}
	for _, c := range drillCalls {
		d.Platform.PutFile(resilienttest.File{
			ID: c.file, Artifact: c.artifact, Kind: "Malware Sample", Incident: c.incident, Name: c.name(), Size: int64(len(c.name())),
			Contents: func() io.Reader { return strings.NewReader(c.name()) },
		})
	}
	return d
}

// drillCall asks for a file of an incident, whose first call makes its channel.
type drillCall struct{ incident, file, artifact int }

func (c drillCall) name() string { return fmt.Sprintf("file-%d.bin", c.file) }

func (c drillCall) room() string { return fmt.Sprintf("inc-%d", c.incident) }

// drillCalls are two files for each of two incidents, and a sample of malware.
var drillCalls = []drillCall{
	{resilienttest.IncidentDoS, 1, 0}, {resilienttest.IncidentPhishing, 2, 0},
	{resilienttest.IncidentDoS, 3, 0}, {resilienttest.IncidentPhishing, 4, 0},
	{resilienttest.IncidentDoS, 5, 85},
}

// incidents of the calls.
var drillIncidents = []int{resilienttest.IncidentDoS, resilienttest.IncidentPhishing}

func (d drill) send() {
	for _, c := range drillCalls {
		in := inputs{"incident_id": c.incident, "slack_channel": c.room(), "slack_is_channel_private": true, "slack_text": "see " + c.name()}
		if c.artifact != 0 {
			in["artifact_id"] = c.artifact
		} else {
			in["attachment_id"] = c.file
		}
		d.Send(fmt.Sprintf("invid:%d", c.file), body(d.T, in))
	}
}

// balance checks the books: for each call one answer, one file with one share or, for
// the sample, one message; for each incident one channel and one row with its link.
func (d drill) balance() {
	d.Helper()
	d.Settled(len(drillCalls))
	shares := map[string]int{}
	for _, f := range d.Slack.Files() {
		shares[f.Name] += f.Shares
		if f.SHA256 != sum(f.Name) {
			d.Errorf("%s has other contents", f.Name)
		}
	}
	for _, c := range drillCalls {
		messages := 0
		for _, m := range d.Slack.Messages(c.room()) {
			if strings.HasPrefix(m.Sent.Text, "see "+c.name()) {
				messages++
			}
		}
		want := 1
		if c.artifact != 0 {
			want = 0
		}
		if messages != 1 || shares[c.name()] != want {
			d.Errorf("%s: %d messages, %d shares", c.name(), messages, shares[c.name()])
		}
	}
	if n := len(d.Slack.Rooms()) - len(channels); n != len(drillIncidents) || len(d.Slack.Files()) != len(drillCalls)-1 {
		d.Errorf("%d channels were made; files: %+v", n, d.Slack.Files())
	}
	for _, incident := range drillIncidents {
		rows := d.Platform.Rows(incident)
		if len(rows) != 1 || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), ">Link</a>") {
			d.Errorf("rows of %d: %v", incident, rows)
		}
	}
}

// A process is killed at each step, before it is taken, while Slack is at it, and
// after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info", "chat.postMessage"} {
		for when, fault := range calltest.Moments() {
			if when == "during" && (method == "upload" || method == "files.info") {
				continue // without an effect that comes late
			}
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := d.Break(fault, func(r slacktest.Request) bool { return r.Method == method })
				d.send()
				d.Until("the moment", func() bool { return reached() > 0 })
				if when == "after" && method == "files.completeUploadExternal" {
					d.Until("done", func() bool { return len(d.Slack.Files()) > 0 })
				}
				d.Kill()
				d.Start()
				d.balance()
			})
		}
	}
	for step, hold := range map[string]string{"row": "POST /row_data", "link": "PUT /row_data/", "contents": "GET /contents"} {
		for when, done := range map[string]bool{"before": false, "after": true} {
			t.Run(step+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := d.Hold(hold, done)
				d.send()
				d.Until("the moment", func() bool { return reached() > 0 })
				d.Kill()
				d.Start()
				d.balance()
			})
		}
	}
}

// What has shared the files had a journal of its own: another instance. Slack has looked
// through none of them yet.
func TestTakenOverByAnotherInstance(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.Break(calltest.Moments()["before"], func(r slacktest.Request) bool { return r.Method == "files.info" })
	d.send()
	d.Until("all files are there", func() bool { return len(d.Slack.Files()) == len(drillCalls)-1 })
	d.Kill()
	calltest.Must(t, os.Remove(d.At.Journal()))
	d.Start()
	d.balance()
}

// Where a kill falls is left to chance: between any two requests.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.send()
	for kills := range 6 {
		d.Until("some requests", func() bool {
			return len(d.Slack.Requests()) >= 4+7*kills || d.Answered() == len(drillCalls)
		})
		d.Kill()
		d.Start()
	}
	d.balance()
}
