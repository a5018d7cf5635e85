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

// selftests makes the checks in a world and returns the line of every one.
func selftests(t *testing.T, w servicetest.World) (checks map[string]check, out string, err error) {
	t.Helper()
	var b bytes.Buffer
	err = selftest.Run(t.Context(), selftest.Config{
		Load:   func() (*config.Settings, error) { return w.Load() },
		Getenv: w.Getenv(), Version: "test", Host: "test",
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
