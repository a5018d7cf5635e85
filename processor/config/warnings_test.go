package config

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// whole are settings that nobody needs to be warned of.
const whole = "[resilient]\nhost=h\norg=o\napi_key_id=i\napi_key_secret=s3cr3t\n[fn_slack]\napi_token=xoxb-1\n"

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     string // empty is none
	}{
		"nothing":              {},
		"no check":             {"org=o", "org=o\ncafile=false", "app.config:4: resilient.cafile: certificates are not checked"},
		"no check of broker":   {"org=o", "org=o\nstomp_cafile=False", "resilient.stomp_cafile: certificates are not checked"},
		"a zero-width space":   {"xoxb-1", "xoxb-\u200b1", "app.config:7: fn_slack.api_token: character 6 is a blank, cannot be seen"},
		"a BOM in the key":     {"s3cr3t", "s3cr3t\ufeff", "resilient.api_key_secret: character 7"},
		"a blank in the key":   {"s3cr3t", "s3 cr3t", "resilient.api_key_secret: character 3"},
		"a Cyrillic letter":    {"xoxb-1", "x\u043exb-1", "fn_slack.api_token: character 2"},
		"a password of people": {"api_key_id=i\napi_key_secret=s3cr3t", "email=a@b\npassword=grün und blau", ""},
		"a hidden one":         {"api_key_id=i\napi_key_secret=s3cr3t", "email=a@b\npassword=gr\u00a0ün", "resilient.password: character 3"},
		"a user's token":       {"xoxb-1", "xoxp-1", "app.config:7: fn_slack.api_token: this is a user's token"},
		"no folder of scripts": {"xoxb-1", "xoxb-1\nscripts_dir=/no/such", "fn_slack.scripts_dir: the folder /no/such does not exist"},
		"no folder of logs":    {"org=o", "org=o\nlogdir=/no/such", "resilient.logdir: the folder /no/such does not exist"},
		"without TLS, allowed": {"xoxb-1", "xoxb-1\nslack_api_url=http://proxy/api/\ninsecure_slack_api_url=true", "go to slack_api_url without TLS"},
		"without TLS, here":    {"xoxb-1", "xoxb-1\nslack_api_url=http://127.0.0.1:8/api/\ninsecure_slack_api_url=true", ""},
	} {
		got := load(t, strings.Replace(whole, c.old, c.new, 1), Options{}).Warnings
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAFileOfSecretsThatOthersMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file's mode says nothing of its readers there")
	}
	vars := env(map[string]string{"KEY": "k", "TOKEN": "xoxb-2"})
	references := strings.NewReplacer("s3cr3t", "${KEY}", "xoxb-1", "$TOKEN").Replace(whole)
	for _, c := range []struct {
		text string
		mode os.FileMode
		want bool
	}{
		{whole, 0o600, false},
		{whole, 0o640, true},
		{whole, 0o604, true},
		{references, 0o644, false},
		{strings.Replace(references, "$TOKEN", "xoxb-1", 1), 0o644, true},
		{strings.Replace(references, "${KEY}", "$ecret", 1), 0o644, true}, // which no variable is
	} {
		file := write(t, c.text)
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		s, err := Load(Options{File: file, Getenv: vars})
		if err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "users other than its owner may read the file") })
		if warned != c.want || len(s.Warnings) > 1 || strings.Contains(strings.Join(s.Warnings, ""), "xoxb") {
			t.Errorf("%v of %q: %q", c.mode, c.text, s.Warnings)
		}
	}
}

func TestTheTokenGoesOverTLS(t *testing.T) {
	for address, want := range map[string]bool{
		"https://slack.example.com/api/":   true,
		"http://slack.example.com/api/":    false,
		"http://10.1.2.3/api/":             false,
		"http://localhost.example.com/":    false,
		"http://localhost:8080/api/":       true,
		"http://127.0.0.1:8080/api/":       true,
		"http://[::1]:8080/api/":           true,
		"HTTP://slack.example.com:80/api/": false,
	} {
		got := problems(t, whole+"slack_api_url="+address+"\n", Options{})
		if (len(got) == 0) != want || !want && !strings.Contains(got[0], "insecure_slack_api_url=true") {
			t.Errorf("%s: %q", address, got)
		}
	}
}
