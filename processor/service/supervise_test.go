package service_test

import (
	"os"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestChangedSettingsAreTakenOver(t *testing.T) {
	t.Parallel()
	r := servicetest.Start(t).Run(t)
	if got := r.Post(t).Sent.Username; got != "Resilient" {
		t.Errorf("author %q", got)
	}
	r.Replace(t, "username=Resilient", "username=SOC")
	r.Says("changed settings are in use", 1)
	r.Subscribed(t)
	if got := r.Post(t).Sent.Username; got != "SOC" {
		t.Errorf("author %q after the change", got)
	}

	r.Replace(t, "username=SOC", "# a comment\nusername=SOC")
	r.Replace(t, "[resilient]", "[resilient]\nloglevel=DEBUG") // a save after the save
	r.Says("changed settings are in use", 2)
	r.Subscribed(t)
	r.Post(t)
	r.Says("level=DEBUG", 1)
	r.Reload()
	r.Says("changed settings are in use", 3)
	r.Subscribed(t)
	r.Post(t)
	r.End()
	if n := len(r.Workspace.Messages("general")); n != 4 {
		t.Errorf("%d messages for 4 calls", n)
	}
}

func TestChangedSettingsThatDoNotWorkAreRefused(t *testing.T) {
	t.Parallel()
	r := servicetest.Start(t).Run(t, "LOGLEVEL=DEBUG")
	good, err := os.ReadFile(r.Config)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := r.Platform.APIKey()
	for i, c := range []struct{ old, new, want string }{
		{"[resilient]", "[resilient]\nnum_workers=many", "num_workers"},
		{"api_key_secret=" + secret, "api_key_secret=wrong-secret", "refuses API key"},
		{"api_token=" + slacktest.DefaultToken, "api_token=xoxb-wrong-token", "invalid_auth"},
		{"stomp_port=", "stomp_port=1\nx=", "connect to broker"},
		{"cafile=", "cafile=/nowhere.pem\nx=", "/nowhere.pem"},
		{"state_dir=", "state_dir=/dev/null/x\ny=", "state_dir"},
	} {
		r.File(t, "app.config", strings.Replace(string(good), c.old, c.new, 1))
		r.Says("changed settings are refused", i+1)
		_, last, _ := strings.Cut(r.Log.String()[strings.LastIndex(r.Log.String(), "changed settings are refused"):], "error=")
		if !strings.Contains(last, c.want) {
			t.Errorf("want %q in: %s", c.want, last)
		}
		r.Post(t)
	}
	r.File(t, "app.config", string(good))
	r.End()
}
