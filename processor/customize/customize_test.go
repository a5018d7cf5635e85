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
	settings, err := w.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := parts.Maker{Settings: settings, Getenv: w.Getenv(), Version: "test", Host: "test", Log: slog.New(slog.DiscardHandler)}
	client, err := m.Client(t.Context(), customize.Timeout)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
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

func TestWhatTheOriginalBroughtIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Channel: "war-room"})
	before := w.Platform.Deployed()
	said, _ := must(t, w, customize.Deployment{Yes: true})
	if diff := cmp.Diff(before, w.Platform.Deployed()); diff != "" {
		t.Errorf("deployed (-before +after):\n%s", diff)
	}
	for _, want := range []string{
		"  function \"Slack Post Message\" is there and differs:\n    input slack_formatter is missing\n    It stays as it is; --replace replaces it.\n",
		"  workflow \"Create Slack Message\" is there and differs:\n    its pre-processing script is another\n    its post-processing script is another\n",
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
	channels := resilient.Channels{Message: "war-room", Reply: "war-room"}
	for _, item := range resilient.Compare(resilient.Customizations(channels), w.Platform.Deployed()) {
		if !item.Exists || len(item.Differs) > 0 {
			t.Errorf("with Replace: %s is missing; the channel must stay", item)
		}
	}
	if n := len(w.Platform.Deployed().Rules); n != 2 {
		t.Errorf("got %d rules; a second one for the same workflow posts everything twice", n)
	}
}

func TestANoChangesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, resilienttest.Config{Empty: true})
	said, _ := must(t, w, customize.Deployment{}, "no", "no")
	if w.Platform.Imports() != nil || !strings.Contains(said, "Nothing to import.\n") || strings.Contains(said, "This account") {
		t.Errorf("imports %v: %s", w.Platform.Imports(), said)
	}

	// After the platform has said what it would do.
	full := world(t, resilienttest.Config{})
	before := full.Platform.Deployed()
	said, _ = must(t, full, customize.Deployment{}, "yes", "yes", "yes", "no")
	if diff := cmp.Diff([]string{"REJECTED"}, full.Platform.Imports()); diff != "" || !strings.Contains(said, "Nothing was imported.\n") {
		t.Errorf("imports (-want +got):\n%s%s", diff, said)
	}
	if diff := cmp.Diff(before, full.Platform.Deployed()); diff != "" {
		t.Errorf("deployed (-before +after):\n%s", diff)
	}

	// Nobody there: before the import, and while it is pending.
	for _, answers := range [][]string{nil, {"yes"}, {"yes", "yes", "yes"}} {
		_, _, err := deploy(t, full, customize.Deployment{}, answers...)
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
	w := world(t, resilienttest.Config{Empty: true})
	must(t, w, customize.Deployment{Yes: true, Channel: "general"})
	w.Run(t)

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	post := func(run *resilienttest.Run, err error) slacktest.Message {
		t.Helper()
		if err != nil || run == nil {
			t.Fatalf("got run %v, %v", run, err)
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
