package customize_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fn-slack/fn-slack/processor/customize"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestMain(m *testing.M) { servicetest.Main(m, nil) }

var errNobody = errors.New("nobody is there")

// deploy deploys to the platform of a world. The answers, yes or no, are given
// one after the other; when they are used up there is nobody.
func deploy(t *testing.T, w servicetest.World, d customize.Deployment, answers ...string) (said string, asked int, err error) {
	t.Helper()
	client := clientOf(t, w)
	var out strings.Builder
	d.Out = &out
	d.Ask = func(context.Context, string) (bool, error) {
		asked++
		if asked > len(answers) {
			return false, errNobody
		}
		return answers[asked-1] == "yes", nil
	}
	err = d.Deploy(t.Context(), client)
	servicetest.NoSecretIn(t, out.String())
	return out.String(), asked, err
}

// clientOf is a client that is logged in.
func clientOf(t *testing.T, w servicetest.World) *resilient.Client {
	t.Helper()
	settings, err := w.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := parts.Maker{Settings: settings, Getenv: w.Getenv(), Version: "test", Host: "test", Log: slog.New(slog.DiscardHandler)}
	client, err := m.Client(t.Context(), customize.Timeout)
	if err == nil {
		t.Cleanup(client.Close)
		_, err = client.Login(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// must is deploy where it must go well.
func must(t *testing.T, w servicetest.World, d customize.Deployment, answers ...string) (said string, asked int) {
	t.Helper()
	said, asked, err := deploy(t, w, d, answers...)
	if err != nil {
		t.Fatalf("%v after:\n%s", err, said)
	}
	return said, asked
}

func world(t *testing.T, cfg resilienttest.Config) servicetest.World {
	t.Helper()
	return servicetest.StartWith(t, cfg, slacktest.Config{})
}

// running has everything deployed, and the service at work.
func running(t *testing.T) servicetest.World {
	t.Helper()
	w := world(t, resilienttest.Config{Empty: true})
	must(t, w, customize.Deployment{Yes: true, Channel: "general"})
	w.Run(t)
	return w
}

func TestASecondTimeChangesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	must(t, w, customize.Deployment{Yes: true, Channel: "soc"})
	before, requests := w.Platform.Deployed(), len(w.Platform.Requests())
	// Without Yes there is nothing to ask, and the channel stays without Channel.
	said, asked := must(t, w, customize.Deployment{})
	if !strings.Contains(said, "Nothing to import.\nThis account may use the message destination slack already.\n") || asked > 0 {
		t.Errorf("asked %d times: %s", asked, said)
	}
	if diff := cmp.Diff(before, w.Platform.Deployed()); diff != "" {
		t.Errorf("deployed (-before +after):\n%s", diff)
	}
	for _, request := range w.Platform.Requests()[requests:] {
		if strings.HasPrefix(request, "PUT") || strings.HasSuffix(request, "/imports") {
			t.Errorf("the second run sent %s", request)
		}
	}
}

// unchanged compares what was there before: what is new follows it.
func unchanged(t *testing.T, before, after resilient.Configuration) {
	t.Helper()
	if len(after.Playbooks) != len(before.Playbooks) {
		t.Errorf("got %d playbooks, want %d", len(after.Playbooks), len(before.Playbooks))
	}
	after.Fields, after.Functions, after.Destinations = after.Fields[:len(before.Fields)], after.Functions[:len(before.Functions)], after.Destinations[:len(before.Destinations)]
	after.Workflows, after.Rules, after.Tables = after.Workflows[:len(before.Workflows)], after.Rules[:len(before.Rules)], after.Tables[:len(before.Tables)]
	before.IncidentTypes, after.IncidentTypes = nil, nil
	if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("deployed (-before +after):\n%s", diff)
	}
}

// complete fails where the platform lacks something of the app, or has it otherwise.
func complete(t *testing.T, w servicetest.World, channel string) {
	t.Helper()
	have := w.Platform.Deployed()
	app := resilient.App{Channels: resilient.Channels{Message: channel, Reply: channel}, On: have}
	for _, item := range resilient.Compare(app.Configuration(), have) {
		if !item.Exists || len(item.Differs) > 0 {
			t.Errorf("%s: is there: %v, differs: %q", item, item.Exists, item.Differs)
		}
	}
}

func TestWhatTheOriginalBroughtIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Channel: "war-room"})
	before := w.Platform.Deployed()
	said, _ := must(t, w, customize.Deployment{Yes: true})
	unchanged(t, before, w.Platform.Deployed())
	for _, want := range []string{
		"  function \"Slack Post Message\" is there and differs:\n    slack_channel is required, which it is not in every call\n" +
			"    slack_details is required, which it is not in every call\n    input slack_formatter is missing\n    input incident_id is missing\n",
		"    input slack_replace_archived is missing\n    input slack_update is missing\n    It stays as it is; --replace replaces it.\n" +
			"  function \"Post attachment to Slack\" is left out, because it needs a change of input slack_channel\n",
		"  data table \"Slack Conversations\" is missing and will be added\n",
		"  workflow \"Create Slack Message\" is there and differs:\n    its pre-processing script is another\n    its post-processing script is another\n",
		"  workflow \"Example: Post Task to Slack\" is left out, because it needs input incident_id of slack_post_message\n",
		"  rule \"(Example) Create Slack Reply\" is there\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got %s\nwant %s", said, want)
		}
	}

	said, _ = must(t, w, customize.Deployment{Yes: true, Replace: true})
	if !strings.Contains(said, "The platform says: INFO: The workflow Create Slack Message exists and will be replaced\n") {
		t.Error(said)
	}
	complete(t, w, "war-room")
	if n := len(w.Platform.Deployed().Rules); n != 11 {
		t.Errorf("got %d rules; a second one for the same workflow posts everything twice", n)
	}
}

// The later package gave names and uuids of 1.0.0 another meaning, which they keep.
func TestWhatTheLaterPackageBroughtIsRecognised(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Later: true})
	before := w.Platform.Deployed()
	said, _ := must(t, w, customize.Deployment{Yes: true})
	after := w.Platform.Deployed()
	if columns := after.Tables[0].Columns; len(columns) != 6 || columns["slack_db_channel_id"].InputType != "text" {
		t.Errorf("got columns %v", columns)
	}
	after.Tables = before.Tables
	unchanged(t, before, after)
	for _, want := range []string{
		"  data table \"Slack Conversations\" is there and differs:\n    column slack_db_channel_id is missing\n    That will be added.\n",
		"  function \"Slack Post Message\" is there and differs:\n    input slack_formatter is missing\n    input slack_replace_archived is missing\n    input slack_update is missing\n    It stays as it is; --replace replaces it.\n",
		"  workflow \"Example: Post Incident to Slack\" is there and differs:\n",
		"  rule \"Example: Archive Task Slack Channel\" is there\n",
		"  playbook \"Slack: example_post_incident_to_slack_pb\" is there\n",
		"  playbook \"Slack: example_post_note_to_slack_pb\" is there and differs:\n" +
			"    its script \"after example_post_note_to_slack_pb\" fails: it asks for the function's results without the name of their output\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got %s\nwant %s", said, want)
		}
	}
	if strings.Contains(said, "Create Slack") || strings.Contains(said, "somebody") {
		t.Errorf("it speaks of what is not there, or not the app's: %s", said)
	}
	if said, _ := must(t, w, customize.Deployment{Yes: true}); !strings.Contains(said, "Nothing to import.\n") {
		t.Errorf("the second time: %s", said)
	}

	must(t, w, customize.Deployment{Yes: true, Replace: true})
	complete(t, w, "")
	repaired := w.Platform.Deployed()
	if len(repaired.Rules) != 8 || len(repaired.Workflows) != 8 {
		t.Errorf("got %d rules, %d workflows", len(repaired.Rules), len(repaired.Workflows))
	}
	for i, p := range repaired.Playbooks {
		was, is := string(before.Playbooks[i].Raw), string(p.Raw)
		if p.Name == "example_post_note_to_slack_pb" {
			was = strings.Replace(was, "playbook.functions.results.url", "playbook.functions.results.slack_info.url", 1)
		}
		if diff := cmp.Diff(parsed(t, was), parsed(t, is)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Name, diff)
		}
	}
	if said, _ := must(t, w, customize.Deployment{Yes: true, Replace: true}); !strings.Contains(said, "Nothing to import.\n") {
		t.Errorf("the third time: %s", said)
	}
}

func parsed(t *testing.T, js string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(js), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOnlyWhatIsCarriedOutIsDeployed(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	must(t, w, customize.Deployment{Yes: true, Functions: []string{resilient.ArchiveFunction}})
	c := w.Platform.Deployed()
	if len(c.Functions) != 1 || len(c.Workflows) != 2 || len(c.Rules) != 2 || len(c.Tables) != 1 || len(c.Fields) != 4 {
		t.Errorf("got %d functions, %d workflows, %d rules, %d fields", len(c.Functions), len(c.Workflows), len(c.Rules), len(c.Fields))
	}
	must(t, w, customize.Deployment{Yes: true})
	complete(t, w, "")
}

// A function may have a message destination of its own. It keeps it, and the account
// may use both.
func TestAFunctionKeepsItsMessageDestination(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	must(t, w, customize.Deployment{Yes: true})
	client := clientOf(t, w)
	own := resilient.Configuration{IncidentTypes: resilient.Customizations(resilient.Channels{}).IncidentTypes}
	own.Destinations = append(own.Destinations, resilient.DestinationDefinition{UUID: "d", Name: "files", ProgrammaticName: "files"})
	for _, f := range w.Platform.Deployed().Functions {
		if f.Name == resilient.AttachmentFunction {
			f.Destination = "files"
			own.Functions = append(own.Functions, f)
		}
	}
	i, err := client.Import(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.FinishImport(t.Context(), i, true); err != nil {
		t.Fatal(err)
	}
	said, _ := must(t, w, customize.Deployment{Yes: true, Replace: true})
	if want := "Nothing to import.\nThis account may use the message destination slack already.\nThis account may now use the message destination files.\n"; !strings.HasSuffix(said, want) {
		t.Errorf("got %s\nwant %s", said, want)
	}
	for _, d := range w.Platform.Deployed().Destinations {
		if diff := cmp.Diff([]any{4}, d.APIKeys); diff != "" {
			t.Errorf("keys of %s (-want +got):\n%s", d.Name, diff)
		}
	}
}

func TestANoChangesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	said, _ := must(t, w, customize.Deployment{}, "no", "no", "no")
	if w.Platform.Imports() != nil || !strings.Contains(said, "Nothing to import.\n") || strings.Contains(said, "This account") {
		t.Errorf("imports %v: %s", w.Platform.Imports(), said)
	}

	// After the platform has said what it would do.
	full := world(t, resilienttest.Config{})
	before := full.Platform.Deployed()
	said, _ = must(t, full, customize.Deployment{Functions: []string{resilient.SlackFunction}}, "yes", "no", "yes", "yes", "no", "no", "no", "no", "no", "no")
	if diff := cmp.Diff([]string{"REJECTED"}, full.Platform.Imports()); diff != "" || !strings.Contains(said, "Nothing was imported.\n") {
		t.Errorf("imports (-want +got):\n%s%s", diff, said)
	}
	if diff := cmp.Diff(before, full.Platform.Deployed()); diff != "" {
		t.Errorf("deployed (-before +after):\n%s", diff)
	}

	// Nobody there: before the import, and while it is pending.
	for _, answers := range [][]string{nil, {"yes"}, {"yes", "no", "yes", "yes", "no", "no", "no", "no", "no"}} {
		_, _, err := deploy(t, full, customize.Deployment{Functions: []string{resilient.SlackFunction}}, answers...)
		if imports := full.Platform.Imports(); !errors.Is(err, errNobody) || slices.Contains(imports, "PENDING") || slices.Contains(imports, "ACCEPTED") {
			t.Errorf("answers %q: %v, imports %v", answers, err, imports)
		}
	}
}

func TestAChangeOfTheDestinationBySomebodyElseIsOvercome(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	w.Platform.SetFaults(resilienttest.Faults{Conflicts: 2})
	must(t, w, customize.Deployment{Yes: true})
	if diff := cmp.Diff([]any{4}, w.Platform.Deployed().Destinations[0].APIKeys); diff != "" {
		t.Errorf("keys of the destination (-want +got):\n%s", diff)
	}
}

// What was deployed is what runs: an empty organisation, the deployment, the
// service, and incidents that break what is pasted together.
func TestDeployedWorkflowsPostToSlack(t *testing.T) {
	t.Parallel()
	w := running(t)

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	post := func(run *resilienttest.Run, err error) slacktest.Message {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return posted(ctx, t, w, run)
	}
	first := post(w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentHostile))
	// Twice more: both are replies to the first message, not to each other.
	second := post(w.Platform.AddNote(ctx, resilienttest.IncidentHostile, "Anna", `<div>C:\new\temp says "no"</div>`))
	third := post(w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentHostile))
	if first.ThreadTS != "" || second.ThreadTS != first.TS || third.ThreadTS != first.TS {
		t.Errorf("threads %q, %q and %q, want none and twice %q", first.ThreadTS, second.ThreadTS, third.ThreadTS, first.TS)
	}
	if !strings.Contains(second.Sent.Text, `C:\new\temp says "no"`) || second.Sent.Username != "Anna" {
		t.Errorf("note %q by %s", second.Sent.Text, second.Sent.Username)
	}
	for _, want := range []string{`"urgent" C:\new\temp`, `C:\Users\bob\notes.txt`, `a lone backslash \ and a quoted "word" and {"json": [1, 2]}`, `NIST Vectors: [Web\Mail]`} {
		if !strings.Contains(first.Sent.Text, want) {
			t.Errorf("got %q\nwant it to contain %q", first.Sent.Text, want)
		}
	}
	if strings.Contains(first.Sent.Text, "<!channel>") {
		t.Errorf("the incident calls everybody: %q", first.Sent.Text)
	}
}

// posted is the message of a run that has come to its end.
func posted(ctx context.Context, t *testing.T, w servicetest.World, run *resilienttest.Run) slacktest.Message {
	t.Helper()
	if run == nil {
		t.Fatal("nothing runs")
	}
	status, err := run.Wait(ctx)
	if err != nil || status.State != resilienttest.Completed {
		t.Fatalf("%v %+v", err, status)
	}
	var results struct{ TS string }
	if err := json.Unmarshal(status.Results, &results); err != nil {
		t.Fatal(err)
	}
	for _, m := range w.Workspace.Messages("general") {
		if m.TS == results.TS {
			return m
		}
	}
	t.Fatalf("there is no message %q", results.TS)
	return slacktest.Message{}
}

// The rule Update Slack Message runs once for a change of the incident that its
// message shows, and for nothing that its own workflow does, also where that has to
// keep another slack_id.
func TestTheMessageFollowsItsIncident(t *testing.T) {
	t.Parallel()
	w := running(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	change := func(change func(*resilienttest.Incident)) *resilienttest.Run {
		t.Helper()
		runs, err := w.Platform.ChangeIncident(ctx, resilienttest.IncidentDoS, change)
		if err != nil || len(runs) > 1 {
			t.Fatalf("got runs %v, %v", runs, err)
		}
		if len(runs) == 0 {
			return nil
		}
		return runs[0]
	}
	severity := func(severity string) func(*resilienttest.Incident) {
		return func(i *resilienttest.Incident) { i.Severity = severity }
	}
	if change(severity("Medium")) != nil {
		t.Error("it runs for an incident that has no message")
	}
	run, err := w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	first := posted(ctx, t, w, run)
	run = change(severity("Low"))
	shown := posted(ctx, t, w, run)
	call, err := resilient.DecodeCall(run.Body())
	if err != nil {
		t.Fatal(err)
	}
	if update, set, err := call.Inputs.Bool("slack_update"); !update || !set || err != nil {
		t.Errorf("slack_update is %v, %v: %s", update, err, run.Body())
	}
	if shown.TS != first.TS || shown.Updates != 1 || shown.Sent.Text != strings.Replace(first.Sent.Text, "Severity: Medium", "Severity: Low", 1) {
		t.Errorf("message %s was shown anew %d times: %s", shown.TS, shown.Updates, shown.Sent.Text)
	}
	for name, field := range map[string]func(*resilienttest.Incident){
		"name": func(i *resilienttest.Incident) { i.Name += "!" }, "description": func(i *resilienttest.Incident) { i.Description += "!" },
		"owner": func(i *resilienttest.Incident) { i.Owner += "!" }, "status": func(i *resilienttest.Incident) { i.Status = "Closed" },
	} {
		if shown := posted(ctx, t, w, change(field)); shown.TS != first.TS {
			t.Errorf("after a change of the %s it is shown in message %s", name, shown.TS)
		}
	}
	if change(severity("Low")) != nil || change(func(i *resilienttest.Incident) { i.Created = time.Now() }) != nil {
		t.Error("it runs where nothing has changed that a message shows")
	}

	w.Workspace.Delete("general", first.TS)
	anew := posted(ctx, t, w, change(severity("High")))
	i, _ := w.Platform.Incident(resilienttest.IncidentDoS)
	if anew.TS == first.TS || i.Properties["slack_id"] != anew.TS {
		t.Errorf("the incident keeps %q, its message is %q", i.Properties["slack_id"], anew.TS)
	}
	last := posted(ctx, t, w, change(func(i *resilienttest.Incident) { i.Name = "DoS attack in EMEA, over" }))
	if last.TS != anew.TS || !strings.Contains(last.Sent.Text, "EMEA, over") {
		t.Errorf("message %s shows %s", last.TS, last.Sent.Text)
	}
	// The platform has run what follows an answer before it takes the next one.
	run, err = w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentBare)
	if err != nil {
		t.Fatal(err)
	}
	posted(ctx, t, w, run)
	var workflows []string
	for _, run := range w.Platform.Runs() {
		workflows = append(workflows, run.Workflow)
	}
	const update = resilient.UpdateWorkflow
	if diff := cmp.Diff([]string{resilient.MessageWorkflow, update, update, update, update, update, update, update, resilient.MessageWorkflow}, workflows); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if n := w.Workspace.Calls("chat.update"); n != 7 { // once for the message that was deleted
		t.Errorf("Slack was asked %d times for an update", n)
	}
}
