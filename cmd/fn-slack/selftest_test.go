package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestSelftestWhereAllIsWell(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.ScriptsInit(t)
	stdout, stderr, code := servicetest.Outcome(t, servicetest.Program(t, w.Dir, "selftest", "--json"))
	if code != exitOK || stderr != "" || strings.Count(stdout, `"state":"ok"`) != 11 || strings.Count(stdout, "\n") != 11 {
		t.Errorf("exit %d, want 11 checks that are ok:\n%s%s", code, stdout, stderr)
	}
	if entries, _ := os.ReadDir(filepath.Join(w.Dir, "state")); len(entries) > 0 {
		t.Errorf("it left %v in the state folder", entries)
	}
}

// The exit status is that of the first check that failed.
func TestSelftestExitStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		platform resilienttest.Config
		spoil    servicetest.Change
		code     int
	}{
		"wrong port":     {spoil: servicetest.Setting("\nport=", "\nport=1\nx="), code: exitUnreachable},
		"platform's 503": {spoil: servicetest.Faults(resilienttest.Faults{Status: 503}), code: exitUnreachable},
		"wrong key":      {spoil: servicetest.Setting("api_key_secret=", "api_key_secret=wrong"), code: exitUnauthorised},
		"missing CA":     {spoil: servicetest.Setting("cafile=", "cafile=/nowhere.pem\nx="), code: exitCAFile},
		"expired":        {platform: resilienttest.Config{Expires: time.Now().Add(-time.Hour)}, code: exitTLS},
		"wrong CA":       {spoil: servicetest.OtherAuthority, code: exitTLS},
		"wrong org":      {spoil: servicetest.Setting("org="+resilienttest.OrgName, "org=Elsewhere"), code: exitNotMember},
		"org is off":     {spoil: servicetest.Faults(resilienttest.Faults{OrgDisabled: true}), code: exitNotMember},
		"no function":    {spoil: servicetest.Faults(resilienttest.Faults{NoFunction: true}), code: exitFailed},
		"forbidden":      {spoil: servicetest.Faults(resilienttest.Faults{Status: 403}), code: exitFailed},
		"STOMP port":     {spoil: servicetest.Setting("stomp_port=", "stomp_port=1\nx="), code: exitSTOMP},
		"STOMP login": {spoil: func(_ *testing.T, w servicetest.World) {
			w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "User name or password is invalid"})
		}, code: exitSTOMPUnauthorised},
		"STOMP silent": {spoil: func(t *testing.T, w servicetest.World) {
			w.Platform.Broker().SetFaults(stomptest.Faults{Silent: true})
			w.Replace(t, "[resilient]", "[resilient]\nselftest_timeout=3")
		}, code: exitSTOMPTimeout},
		"token revoked": {spoil: func(_ *testing.T, w servicetest.World) {
			w.Workspace.Fail("auth.test", slacktest.Fault{Code: "token_revoked"})
		}, code: exitFailed},
		"broken script":   {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "scripts/default.js", "export default {") }, code: exitFailed},
		"no state folder": {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "state", "") }, code: exitFailed},
		"no token":        {spoil: servicetest.Setting("api_token="+slacktest.DefaultToken, "api_token="), code: exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.StartWith(t, c.platform, slacktest.Config{})
			if c.spoil != nil {
				c.spoil(t, w)
			}
			if stdout, stderr, code := command(t, "", "selftest", "--config-file", w.Config); code != c.code || stderr != "" {
				t.Errorf("exit %d, want %d:\n%s%s", code, c.code, stdout, stderr)
			}
		})
	}
}

func TestSelftestForPeople(t *testing.T) {
	t.Parallel()
	w := servicetest.StartWith(t, resilienttest.Config{}, slacktest.Config{Scopes: []string{"chat:write"}})
	stdout, _, code := servicetest.Outcome(t, servicetest.Program(t, w.Dir, "selftest"))
	if code != 0 || !strings.Contains(stdout, "warning  Slack scopes") || !strings.Contains(stdout, "groups:history") || !strings.HasSuffix(stdout, "\nIn all: 9 ok, 2 warning; the service can work, but look at the warnings.\n") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}
