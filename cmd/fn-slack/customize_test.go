package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/service"
)

// organisation is a stand-in platform and the settings that reach it.
type organisation struct {
	*resilienttest.Platform
	dir, config string
}

func newOrganisation(t *testing.T, cfg resilienttest.Config) organisation {
	t.Helper()
	p, err := resilienttest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	o := organisation{Platform: p, dir: t.TempDir()}
	o.config = filepath.Join(o.dir, "app.config")
	o.write(t, p.AppConfig(map[string]string{"api_token": "xoxb-1", "username": "Resilient"}))
	return o
}

func (o organisation) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(o.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// customize runs the command with answers on its standard input.
func (o organisation) customize(t *testing.T, answers string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return command(t, answers, append([]string{"customize", "--config-file", o.config}, args...)...)
}

// app is what the service's functions need.
func app(channels resilient.Channels) resilient.Configuration {
	return resilient.App{Channels: channels, Functions: service.Functions()}.Configuration()
}

// missing lists what the platform has not, or has otherwise.
func (o organisation) missing(t *testing.T, channels resilient.Channels) []string {
	t.Helper()
	var list []string
	for _, item := range resilient.Compare(app(channels), o.Deployed()) {
		if !item.Exists || len(item.Differs) > 0 {
			list = append(list, item.Name)
		}
	}
	return list
}

func TestCustomizeDeploysWithAnAPIKeyAndWithAnAccount(t *testing.T) {
	t.Parallel()
	for _, account := range []bool{false, true} {
		o := newOrganisation(t, resilienttest.Config{Empty: true})
		if account {
			id, secret := o.APIKey()
			email, password := o.Account()
			text, err := os.ReadFile(o.config)
			if err != nil {
				t.Fatal(err)
			}
			o.write(t, strings.NewReplacer("api_key_id="+id, "email="+email, "api_key_secret="+secret, "password="+password).Replace(string(text)))
		}
		stdout, stderr, code := o.customize(t, "", "-y", "--channel", "soc")
		if code != 0 || stderr != "" {
			t.Fatalf("account %v: exit %d, %s", account, code, stderr)
		}
		if missing := o.missing(t, resilient.Channels{Message: "soc", Reply: "soc"}); missing != nil {
			t.Errorf("account %v: missing %q", account, missing)
		}
		d := o.Deployed().Destinations[0]
		users, keys := []any{}, []any{4}
		if account {
			users, keys = []any{3}, []any{}
		}
		if diff := cmp.Diff([][]any{users, keys}, [][]any{d.Users, d.APIKeys}); diff != "" {
			t.Errorf("account %v: users and keys of the destination (-want +got):\n%s", account, diff)
		}
		var want strings.Builder
		for _, item := range resilient.Compare(app(resilient.Channels{}), resilient.Configuration{}) {
			fmt.Fprintf(&want, "  %s is missing and will be added\n", item)
		}
		want.WriteString("Imported.\nThis account may now use the message destination slack.\n")
		if _, got, _ := strings.Cut(stdout, "\n"); got != want.String() {
			t.Errorf("account %v: got\n%swant\n%s", account, got, want.String())
		}
	}
}

func TestCustomizeAsks(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t, resilienttest.Config{Empty: true})
	stdout, stderr, code := o.customize(t, "what?\nY\nno\nno\nno\nyes\ny\n")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if n := strings.Count(stdout, "(y/n): "); n != 7 {
		t.Errorf("asked %d times: %s", n, stdout)
	}
	for _, want := range []string{
		`workflow "Create Slack Message" is left out, because it needs slack_post_message`,
		`rule "Create Slack Reply" is left out, because it needs create_slack_reply`,
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("got %s\nwant %s", stdout, want)
		}
	}
	d := o.Deployed()
	if len(d.Destinations) != 1 || len(d.Fields) != 1 || len(d.Tables) != 1 || len(d.Functions)+len(d.Workflows)+len(d.Rules) != 0 {
		t.Errorf("got %d destinations, %d fields, %d functions", len(d.Destinations), len(d.Fields), len(d.Functions))
	}
}

// Nobody there: before the import, and while it is pending.
func TestCustomizeWithNobodyToAsk(t *testing.T) {
	t.Parallel()
	full := newOrganisation(t, resilienttest.Config{})
	for _, answers := range []string{"", "y", "y\nn\ny\ny\nn\nn\nn\nn\n"} {
		_, stderr, code := full.customize(t, answers)
		if code != exitFailed || !strings.Contains(stderr, "nobody to answer") || slices.Contains(full.Imports(), "PENDING") || slices.Contains(full.Imports(), "ACCEPTED") {
			t.Errorf("answers %q: exit %d, imports %v: %s", answers, code, full.Imports(), stderr)
		}
	}
}

func TestCustomizeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults resilienttest.Faults
		code   int
		want   string
	}{
		{"no permission", resilienttest.Faults{NoPermission: true}, exitFailed, "read what the platform has: the platform does not allow POST /rest/orgs/201/configurations/exports/: " +
			"You do not have permission to export configurations; give the account the permission in the platform; or use an account that may for this command"},
		{"changed by somebody else for ever", resilienttest.Faults{Conflicts: 1000}, exitFailed, "use message destination slack: the platform answers PUT /rest/orgs/201/message_destinations/5 with 409 Conflict"},
		{"wrong organisation", resilienttest.Faults{NotMember: true}, exitNotMember, "not a member"},
		{"platform out of order", resilienttest.Faults{Status: 503}, exitUnreachable, "503"},
	} {
		o := newOrganisation(t, resilienttest.Config{Empty: true})
		o.SetFaults(tt.faults)
		_, stderr, code := o.customize(t, "", "-y")
		if code != tt.code || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d: %s", tt.name, code, stderr)
		}
	}
}

func TestCustomizeExportsWithoutAPlatform(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "fn-slack.res")
	stdout, stderr, code := command(t, "", "customize", "--export", file, "--channel", "soc")
	if code != 0 || !strings.Contains(stdout, "fn-slack.res written") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c resilient.Configuration
	if err := json.Unmarshal(first, &c); err != nil {
		t.Fatal(err)
	}
	for _, item := range resilient.Compare(app(resilient.Channels{Message: "soc", Reply: "soc"}), c) {
		if !item.Exists || item.Differs != nil {
			t.Errorf("the file has not %s: %q", item, item.Differs)
		}
	}
	// A file that is there is overwritten only if that is wanted.
	if _, _, code := command(t, "n\n", "customize", "--export", file); code != 0 {
		t.Errorf("refused: exit %d", code)
	}
	if again, _ := os.ReadFile(file); !bytes.Equal(again, first) {
		t.Error("the file was overwritten")
	}
	if _, _, code := command(t, "", "customize", "--export", file); code != exitFailed {
		t.Errorf("nobody to ask: exit %d", code)
	}
	if stdout, _, code = command(t, "", "customize", "--export", "-", "--channel", "soc"); code != 0 || stdout != string(first) {
		t.Errorf("to the standard output: exit %d, the file itself: %v", code, stdout == string(first))
	}
	if _, stderr, code := command(t, "", "customize", "extra"); code != exitUsage {
		t.Errorf("an argument: exit %d: %s", code, stderr)
	}
}

func TestCustomizeEndsWithItsContextWhileItAsks(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t, resilienttest.Config{Empty: true})
	ctx, cancel := context.WithCancel(t.Context())
	// The first read of the answer is the sign that the question was asked.
	stdin := readFunc(func([]byte) (int, error) {
		cancel()
		select {}
	})
	var out, errs bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	if code := run(ctx, []string{"customize", "--config-file", o.config}, none, stdin, &out, &errs); code != exitFailed || o.Imports() != nil {
		t.Errorf("exit %d: %s%s", code, &out, &errs)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }
