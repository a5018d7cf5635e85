package selftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// selftests runs the command in a world and returns the state of every check.
func (s world) selftests(t *testing.T, args ...string) (states map[string]check, stdout string, code int) {
	t.Helper()
	home := map[string]string{"HOME": s.dir}
	var out, errs bytes.Buffer
	get := func(name string) (string, bool) { v, ok := home[name]; return v, ok }
	args = append([]string{"selftest", "--json", "--config-file", s.config, "--set", "fn_slack.scripts_dir=" + filepath.Join(s.dir, "scripts")}, args...)
	code = run(t.Context(), args, get, strings.NewReader(""), &out, &errs)
	if errs.Len() > 0 {
		t.Errorf("on the standard error: %s", &errs)
	}
	states = map[string]check{}
	for line := range strings.Lines(out.String()) {
		var c check
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		states[c.Name] = c
	}
	return states, out.String(), code
}

func (s world) replace(t *testing.T, old, new string) {
	t.Helper()
	edit(t, s.config, old, new)
}

func (s world) scriptsInit(t *testing.T) {
	t.Helper()
	if _, _, err := writeScripts(filepath.Join(s.dir, "scripts")); err != nil {
		t.Fatal(err)
	}
}

func TestSelftestWhereAllIsWell(t *testing.T) {
	s := startWorld(t)
	s.scriptsInit(t)
	states, stdout, code := s.selftests(t)
	got := map[string]string{}
	for name, c := range states {
		got[name] = c.State
	}
	want := map[string]string{
		"settings": checkOK, "REST login": checkOK, "organisation": checkOK, "clock": checkOK, "function and destination": checkOK,
		"permissions": checkOK, "STOMP connect and subscribe": checkOK, "Slack token": checkOK, "Slack scopes": checkOK,
		"scripts and samples": checkOK, "state folder": checkOK,
	}
	if diff := cmp.Diff(want, got); code != 0 || diff != "" {
		t.Errorf("exit %d (-want +got):\n%s%s", code, diff, stdout)
	}
	if n := s.workspace.Calls("chat.postMessage"); n != 0 {
		t.Errorf("it posted %d messages", n)
	}
	if entries, _ := os.ReadDir(filepath.Join(s.dir, "state")); len(entries) > 0 {
		t.Errorf("it left %v in the state folder", entries)
	}
}

// What an administrator gets wrong: the check that fails, its exit status, and
// words that say what to do.
func TestSelftestNamesWhatIsWrong(t *testing.T) {
	closed := closedPort(t)
	for name, c := range map[string]struct {
		platform  resilienttest.Config
		workspace slacktest.Config
		spoil     func(t *testing.T, s world)
		check     string
		code      int
		want      string
	}{
		"wrong host":  {spoil: setting("host=localhost", "host=no-such-host.invalid"), check: "REST login", code: exitUnreachable, want: "check host"},
		"wrong port":  {spoil: setting("\nport=", "\nport="+closed+"\nx="), check: "REST login", code: exitUnreachable, want: "check host, port"},
		"not TLS":     {spoil: func(t *testing.T, s world) { s.replace(t, "\nport=", "\nport="+portOf(s.workspace.URL())+"\nx=") }, check: "REST login", code: exitTLS, want: "does not speak TLS"},
		"expired":     {platform: resilienttest.Config{Expires: time.Now().Add(-time.Hour)}, check: "REST login", code: exitTLS, want: "renew"},
		"wrong CA":    {spoil: otherAuthority, check: "REST login", code: exitTLS, want: "set cafile"},
		"missing CA":  {spoil: setting("cafile=", "cafile=/nowhere.pem\nx="), check: "settings", code: exitCAFile, want: "/nowhere.pem"},
		"wrong key":   {spoil: setting("api_key_secret=", "api_key_secret=wrong"), check: "REST login", code: exitUnauthorised, want: "check api_key_id and api_key_secret"},
		"wrong org":   {spoil: setting("org="+resilienttest.OrgName, "org=Elsewhere"), check: "organisation", code: exitNotMember, want: "set org to one of: Another Org, " + resilienttest.OrgName},
		"org is off":  {spoil: faults(resilienttest.Faults{OrgDisabled: true}), check: "organisation", code: exitNotMember, want: "administrator"},
		"no function": {spoil: faults(resilienttest.Faults{NoFunction: true}), check: "function and destination", code: exitFailed, want: "fn-slack customize"},
		"no destination": {spoil: faults(resilienttest.Faults{NoDestination: true}), check: "function and destination",
			code: exitFailed, want: "fn-slack customize"},
		"forbidden":      {spoil: faults(resilienttest.Faults{Status: 403}), check: "REST login", code: exitFailed, want: "permission"},
		"platform's 503": {spoil: faults(resilienttest.Faults{Status: 503}), check: "REST login", code: exitUnreachable, want: "503"},
		"STOMP port":     {spoil: setting("stomp_port=", "stomp_port="+closed+"\nx="), check: "STOMP connect and subscribe", code: exitSTOMP, want: "stomp_port"},
		"STOMP login": {spoil: func(_ *testing.T, s world) {
			s.platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "User name or password is invalid"})
		}, check: "STOMP connect and subscribe", code: exitSTOMPUnauthorised, want: "API key"},
		"STOMP silent": {spoil: func(t *testing.T, s world) {
			s.platform.Broker().SetFaults(stomptest.Faults{Silent: true})
			s.replace(t, "[resilient]", "[resilient]\nselftest_timeout=1")
		}, check: "STOMP connect and subscribe", code: exitSTOMPTimeout, want: "stomp_host"},
		"token revoked": {spoil: func(_ *testing.T, s world) { s.workspace.Fail("auth.test", slacktest.Fault{Code: "token_revoked"}) },
			check: "Slack token", code: exitFailed, want: "put a valid bot token"},
		"scope missing": {workspace: slacktest.Config{Scopes: []string{"channels:history"}}, check: "Slack scopes", code: exitFailed, want: "chat:write is missing"},
		"broken script": {spoil: func(t *testing.T, s world) { s.file(t, "scripts/default.js", "export default {") },
			check: "scripts and samples", code: exitFailed, want: "default.js:1"},
		"a folder of other things": {spoil: func(t *testing.T, s world) {
			for i := range 1001 {
				s.file(t, fmt.Sprintf("scripts/%d.json", i), "{}")
			}
		}, check: "scripts and samples", code: exitFailed, want: "it holds more than"},
		"scripts are a file": {spoil: func(t *testing.T, s world) { s.file(t, "scripts", "") }, check: "scripts and samples", code: exitFailed, want: "scripts_dir"},
		"no state folder": {spoil: func(t *testing.T, s world) { s.file(t, "state", "") },
			check: "state folder", code: exitFailed, want: "set state_dir"},
		"no token": {spoil: setting("api_token="+slacktest.DefaultToken, "api_token="), check: "settings", code: exitFailed, want: "fn_slack.api_token: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startWorldWith(t, c.platform, c.workspace)
			if c.spoil != nil {
				c.spoil(t, s)
			}
			start := time.Now()
			states, stdout, code := s.selftests(t)
			got := states[c.check]
			if code != c.code || got.State != checkFailed || !strings.Contains(got.Detail+"; "+got.Remedy, c.want) {
				t.Errorf("exit %d, want %d; %+v, want %q in:\n%s", code, c.code, got, c.want, stdout)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if name != "no token" && name != "missing CA" && states["state folder"].State == "" {
				t.Errorf("it stopped half-way:\n%s", stdout)
			}
			s.noSecretIn(t, stdout)
		})
	}
}

func TestSelftestForPeople(t *testing.T) {
	s := startWorldWith(t, resilienttest.Config{}, slacktest.Config{Scopes: []string{"chat:write"}})
	stdout, _, code := outcome(t, program(t, s.dir, "selftest"))
	if code != 0 || !strings.Contains(stdout, "warning  Slack scopes") || !strings.Contains(stdout, "groups:history") || strings.Count(stdout, "\n") != 11 {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}

func setting(old, new string) func(*testing.T, world) {
	return func(t *testing.T, s world) { s.replace(t, old, new) }
}

func faults(f resilienttest.Faults) func(*testing.T, world) {
	return func(_ *testing.T, s world) { s.platform.SetFaults(f) }
}

func otherAuthority(t *testing.T, s world) {
	other := startWorld(t)
	s.replace(t, "cafile="+s.platform.CAFile(), "cafile="+other.platform.CAFile())
}

func (s world) file(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// closedPort is one on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return portOf(l.Addr().String())
}

func portOf(address string) string {
	address = strings.TrimRight(address, "/")
	return address[strings.LastIndex(address, ":")+1:]
}

// noSecretIn fails when text holds one of the world's secrets.
func (s world) noSecretIn(t *testing.T, text string) {
	t.Helper()
	_, key := s.platform.APIKey()
	_, password := s.platform.Account()
	for _, secret := range []string{key, password, slacktest.DefaultToken} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret %q is in:\n%s", secret, text)
		}
	}
}
