package selftest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/selftest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestMain(m *testing.M) { servicetest.Main(m, nil) }

// check is one line of the output.
type check struct {
	Name   string `json:"check"`
	State  string
	Detail string
	Remedy string
}

// functions are those that a service may carry out.
var functions = []string{resilient.SlackFunction, resilient.AttachmentFunction, resilient.ArchiveFunction}

// selftests makes the checks in a world and returns the line of every one.
func selftests(t *testing.T, w servicetest.World) (checks map[string]check, out string, err error) {
	t.Helper()
	var b bytes.Buffer
	err = selftest.Run(t.Context(), selftest.Config{
		Load:   func() (*config.Settings, error) { return w.Load() },
		Getenv: w.Getenv(), Version: "test", Host: "test", Functions: functions,
		Out: &b, JSON: true,
	})
	checks = map[string]check{}
	for line := range strings.Lines(b.String()) {
		var c check
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		checks[c.Name] = c
	}
	servicetest.NoSecretIn(t, b.String())
	return checks, b.String(), err
}

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.ScriptsInit(t)
	checks, out, err := selftests(t, w)
	got := map[string]string{}
	for name, c := range checks {
		got[name] = c.State
	}
	want := map[string]string{
		"settings": "ok", "REST login": "ok", "organisation": "ok", "clock": "ok", "function and destination": "ok",
		"permissions": "ok", "STOMP connect and subscribe": "ok", "Slack token": "ok", "Slack scopes": "ok",
		"scripts and samples": "ok", "state folder": "ok",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%s", err, diff, out)
	}
	if n := w.Workspace.Calls("chat.postMessage"); n != 0 {
		t.Errorf("it posted %d messages", n)
	}
	if entries, _ := os.ReadDir(filepath.Join(w.Dir, "state")); len(entries) > 0 {
		t.Errorf("it left %v in the state folder", entries)
	}
}

// is reports whether an error is one of a kind, for which the command has an
// exit status.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// mistake is what an administrator gets wrong: the check that fails, the kind of
// its error where there is an exit status for it, and words that say what to do.
type mistake struct {
	platform  resilienttest.Config
	workspace slacktest.Config
	spoil     servicetest.Change
	check     string
	kind      func(error) bool
	want      string
}

func mistakes() map[string]mistake {
	const closed = "1" // a port on which nobody listens
	return map[string]mistake{
		"wrong host": {spoil: servicetest.Setting("host=localhost", "host=no-such-host.invalid"),
			check: "REST login", kind: is[*resilient.UnreachableError], want: "check host"},
		"wrong port": {spoil: servicetest.Setting("\nport=", "\nport="+closed+"\nx="),
			check: "REST login", kind: is[*resilient.UnreachableError], want: "check host, port"},
		"not TLS": {spoil: func(t *testing.T, w servicetest.World) {
			w.Replace(t, "\nport=", "\nport="+servicetest.Port(w.Workspace.URL())+"\nx=")
		}, check: "REST login", kind: is[*resilient.TLSError], want: "does not speak TLS"},
		"expired": {platform: resilienttest.Config{Expires: time.Now().Add(-time.Hour)},
			check: "REST login", kind: is[*resilient.TLSError], want: "renew"},
		"wrong CA": {spoil: servicetest.OtherAuthority, check: "REST login", kind: is[*resilient.TLSError], want: "to cafile"},
		"missing CA": {spoil: servicetest.Setting("cafile=", "cafile=/nowhere.pem\nx="),
			check: "settings", kind: func(err error) bool {
				problem, ok := errors.AsType[*config.Problem](err)
				return ok && problem.Key == "resilient.cafile"
			}, want: "/nowhere.pem"},
		"wrong key": {spoil: servicetest.Setting("api_key_secret=", "api_key_secret=wrong"),
			check: "REST login", kind: is[*resilient.UnauthorisedError], want: "check api_key_id and api_key_secret"},
		"wrong org": {spoil: servicetest.Setting("org="+resilienttest.OrgName, "org=Elsewhere"),
			check: "organisation", kind: is[*resilient.NotMemberError], want: "set org to one of: Another Org, " + resilienttest.OrgName},
		"org is off": {spoil: servicetest.Faults(resilienttest.Faults{OrgDisabled: true}),
			check: "organisation", kind: is[*resilient.DisabledOrgError], want: "administrator"},
		"no function": {spoil: servicetest.Faults(resilienttest.Faults{NoFunction: true}),
			check: "function and destination", want: "fn-slack customize"},
		"no destination": {spoil: servicetest.Faults(resilienttest.Faults{NoDestination: true}),
			check: "function and destination", want: "fn-slack customize"},
		"forbidden": {spoil: servicetest.Faults(resilienttest.Faults{Status: 403}), check: "REST login", want: "permission"},
		"platform's 503": {spoil: servicetest.Faults(resilienttest.Faults{Status: 503}),
			check: "REST login", kind: resilient.Temporary, want: "503"},
		"STOMP port": {spoil: servicetest.Setting("stomp_port=", "stomp_port="+closed+"\nx="),
			check: "STOMP connect and subscribe", kind: is[*broker.ConnectError], want: "stomp_port"},
		"STOMP login": {spoil: func(_ *testing.T, w servicetest.World) {
			w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "User name or password is invalid"})
		}, check: "STOMP connect and subscribe", kind: is[*broker.LoginError], want: "API key"},
		"STOMP silent": {spoil: func(t *testing.T, w servicetest.World) {
			w.Platform.Broker().SetFaults(stomptest.Faults{Silent: true})
			w.Replace(t, "[resilient]", "[resilient]\nselftest_timeout=3")
		}, check: "STOMP connect and subscribe", kind: is[*broker.ConnectError], want: "stomp_host"},
		"token revoked": {spoil: func(_ *testing.T, w servicetest.World) {
			w.Workspace.Fail("auth.test", slacktest.Fault{Code: "token_revoked"})
		}, check: "Slack token", want: "put a valid bot token"},
		"scope missing": {workspace: slacktest.Config{Scopes: []string{"channels:history"}}, check: "Slack scopes", want: "chat:write is missing"},
		"broken script": {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "scripts/default.js", "export default {") },
			check: "scripts and samples", want: "default.js:1"},
		"a folder of other things": {spoil: func(t *testing.T, w servicetest.World) {
			for i := range 1001 {
				w.File(t, fmt.Sprintf("scripts/%d.json", i), "{}")
			}
		}, check: "scripts and samples", want: "it holds more than"},
		"scripts are a file": {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "scripts", "") },
			check: "scripts and samples", want: "scripts_dir"},
		"no state folder": {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "state", "") },
			check: "state folder", want: "set state_dir"},
		"no token": {spoil: servicetest.Setting("api_token="+slacktest.DefaultToken, "api_token="),
			check: "settings", want: "fn_slack.api_token: is missing"},
	}
}

func TestEachCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range mistakes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.StartWith(t, c.platform, c.workspace)
			if c.spoil != nil {
				c.spoil(t, w)
			}
			start := time.Now()
			checks, out, err := selftests(t, w)
			got := checks[c.check]
			if err == nil || got.State != "failed" || !strings.Contains(got.Detail+"; "+got.Remedy, c.want) {
				t.Errorf("%v; %+v, want %q in:\n%s", err, got, c.want, out)
			}
			if c.kind != nil && !c.kind(err) {
				t.Errorf("%v is not of the kind that tells its exit status", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if c.check != "settings" && checks["state folder"].State == "" {
				t.Errorf("it stopped half-way:\n%s", out)
			}
		})
	}
}

// What a function lacks is said of that function, and only of those that the platform
// has.
func TestWhichFunctionLacksWhat(t *testing.T) {
	t.Parallel()
	later, original := resilienttest.Config{Later: true}, resilienttest.Config{}
	posting := []string{"chat:write", "chat:write.customize", "chat:write.public", "channels:history", "groups:history", "channels:read", "groups:read"}
	without := func(scopes ...string) slacktest.Config { return slacktest.Config{Scopes: scopes} }
	for name, c := range map[string]struct {
		platform     resilienttest.Config
		faults       resilienttest.Faults
		workspace    slacktest.Config
		check, state string
		want, not    string
	}{
		"scopes of 1.0.0": {platform: original, faults: resilienttest.Faults{NoTable: true}, workspace: without(posting...),
			check: "Slack scopes", state: "ok", want: "chat:write.public"},
		"no rooms": {platform: original, workspace: without(posting...),
			check: "Slack scopes", state: "warning", want: "slack_post_message lacks channels:manage (to make public channels, and to invite to them), groups:write", not: "slack_archive_channel"},
		"no files": {platform: later, workspace: without("chat:write"),
			check: "Slack scopes", state: "failed", want: "files:write is missing: slack_post_attachment can do nothing\nslack_post_message lacks"},
		"no archives": {platform: later, workspace: without(append(posting, "files:write", "files:read", "channels:manage", "channels:join", "users:read", "users:read.email")...),
			check: "Slack scopes", state: "warning", want: "slack_archive_channel lacks groups:write (to archive private channels)"},
		"no table": {platform: later, faults: resilienttest.Faults{NoTable: true},
			check: "permissions", state: "warning", want: "slack_post_message, slack_post_attachment, slack_archive_channel: the platform has no data table slack_conversations_db"},
		"no table with 1.0.0": {platform: original, faults: resilienttest.Faults{NoTable: true},
			check: "permissions", state: "ok", want: "can be read", not: "slack_conversations_db"},
		"no column": {platform: later, check: "permissions", state: "ok", want: "slack_conversations_db has no column slack_db_channel_id"},
		"no right to read": {platform: later, faults: resilienttest.Faults{NoIncidents: true},
			check: "permissions", state: "warning", want: "the right read_all_incidents, edit_all_incidents_fields"},
		"no right to edit": {platform: original, faults: resilienttest.Faults{NoPermission: true},
			check: "permissions", state: "warning", want: "what these need: slack_post_message; give the API key the right edit_all_incidents_fields"},
		"functions": {platform: original, check: "function and destination", state: "ok",
			want: "slack_post_message sends to actions.201.slack\nnot used: look up function slack_post_attachment: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.StartWith(t, c.platform, c.workspace)
			w.Platform.SetFaults(c.faults)
			checks, out, _ := selftests(t, w)
			got := checks[c.check]
			text := got.Detail + "; " + got.Remedy
			if got.State != c.state || !strings.Contains(text, c.want) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%s: %s, want %s: %q in:\n%s", got.State, text, c.state, c.want, out)
			}
			for _, incident := range w.Platform.Incidents() {
				if rows := w.Platform.Rows(incident.ID); rows != nil {
					t.Errorf("it has written %v", rows)
				}
			}
		})
	}
}
