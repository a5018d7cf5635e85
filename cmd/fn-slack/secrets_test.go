package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// mark begins every secret of these tests. It is the same in most encodings.
const mark = "M4RK"

// marked is the secret for a setting. A token may not hold all that a password
// may.
func marked(key string) string {
	if key == "api_token" {
		return mark + "/+<>-" + key
	}
	return mark + `"/+<ü>-` + key
}

// cookie is one of the platform's that is not hidden.
var cookie = regexp.MustCompile(`JSESSIONID=[^\[]`)

// noMark fails when a text holds a marked secret, or a part of one.
func noMark(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{mark, base64.RawStdEncoding.EncodeToString([]byte(mark))[:5],
		base64.RawStdEncoding.EncodeToString([]byte("svc@example.com:" + mark))[:24], base64.RawStdEncoding.EncodeToString([]byte("key:" + mark))[:10]} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s: %q is in …%s", what, secret, text[max(0, at-80):min(len(text), at+80)])
		}
	}
	if found := cookie.FindString(text); found != "" {
		t.Errorf("%s: a cookie is in it: %s", what, found)
	}
}

// echoes are the ways in which somebody repeats what was sent to them. Each
// returns what the log of the service says then.
var echoes = map[string]func(*testing.T, servicetest.World) (says string){
	"login": func(_ *testing.T, w servicetest.World) string {
		w.Platform.SetFaults(resilienttest.Faults{Echo: "/rest/session"})
		return "trying again"
	},
	"organisation": func(_ *testing.T, w servicetest.World) string {
		w.Platform.SetFaults(resilienttest.Faults{Echo: "/rest/orgs"})
		return "trying again"
	},
	"broker": func(t *testing.T, w servicetest.World) string {
		text, err := os.ReadFile(w.Config)
		if err != nil {
			t.Fatal(err)
		}
		passcode := regexp.MustCompile("(?:api_key_secret|password)=(.*)").FindStringSubmatch(string(text))[1]
		w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: fmt.Sprintf("wrong passcode %s, %q", passcode, passcode)})
		return "wrong passcode"
	},
	"Slack": func(_ *testing.T, w servicetest.World) string {
		fault := slacktest.Fault{Code: "invalid_auth: " + marked("api_token")}
		w.Workspace.Fail("auth.test", fault, fault, fault)
		w.Workspace.Fail("chat.postMessage", fault)
		return "kind="
	},
	"proxy": func(t *testing.T, w servicetest.World) string {
		w.Replace(t, "[resilient]", "[resilient]\nproxy_host="+echoingProxy(t)+"\nproxy_user=proxy\nproxy_password="+marked("proxy_password"))
		return "trying again"
	},
}

// echoingProxy lets nobody through and says with which password they came.
func echoingProxy(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		sent := strings.TrimPrefix(r.Header.Get("Proxy-Authorization"), "Basic ")
		plain, _ := base64.StdEncoding.DecodeString(sent) // what cannot be read is not repeated
		fmt.Fprintf(conn, "HTTP/1.1 502 %s %s\r\n\r\n", sent, plain)
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return fmt.Sprintf("http://127.0.0.1\nproxy_port=%d", l.Addr().(*net.TCPAddr).Port)
}

// Whoever repeats a secret to us, nobody sees it.
func TestNoOutputShowsASecret(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes {
		for _, account := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s account=%v", name, account), func(t *testing.T) {
				t.Parallel()
				w := markedWorld(t, account)
				says := echo(t, w)
				shown := map[string]string{}
				for _, args := range [][]string{{"config", "check"}, {"selftest"}, {"selftest", "--json"}, {"customize", "-y"}} {
					stdout, stderr, _ := command(t, "", append(args, "--config-file", w.Config)...)
					shown[strings.Join(args, " ")] = stdout + stderr
				}
				servedOutputs(t, w, name == "Slack", says, shown)
				hidden := false
				for what, text := range shown {
					noMark(t, what, text)
					hidden = hidden || what != "config check" && strings.Contains(text, "[secret]")
				}
				if !hidden {
					t.Errorf("nothing was repeated: %q", shown)
				}
			})
		}
	}
}

// markedWorld is a world whose every secret is marked.
func markedWorld(t *testing.T, account bool) servicetest.World {
	t.Helper()
	w := servicetest.StartWith(t, resilienttest.Config{
		Channel: "general", APIKeyID: "key", APIKeySecret: marked("api_key_secret"), Email: "svc@example.com", Password: marked("password"),
	}, slacktest.Config{Token: marked("api_token")})
	w.Replace(t, "api_token="+slacktest.DefaultToken, "api_token="+marked("api_token"))
	if account {
		w.Replace(t, "api_key_id=key\napi_key_secret="+marked("api_key_secret"), "email=svc@example.com\npassword="+marked("password"))
	}
	logs := filepath.Join(w.Dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	w.Replace(t, "[resilient]", "[resilient]\nlogdir="+logs+"\nselftest_timeout=3\nloglevel=DEBUG")
	w.Replace(t, "status_address=off", "status_address=127.0.0.1:0")
	return w
}

// servedOutputs adds what a running service shows.
func servedOutputs(t *testing.T, w servicetest.World, play bool, says string, shown map[string]string) {
	t.Helper()
	r := w.Begin(t)
	address := r.StatusAddress()
	if play {
		w.Subscribed(t)
		w.Play(t)
	}
	r.Says(says, 1)
	for _, path := range []string{"/", "/status", "/metrics", "/readyz", "/healthz"} {
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		shown[path] = string(text)
	}
	stdout, stderr, _ := command(t, "", "status", "--address", address)
	shown["status"] = stdout + stderr
	r.End()
	shown["stderr"] = r.Log.String()
	file, err := os.Open(filepath.Join(w.Dir, "logs", "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(bufio.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	shown["app.log"] = string(text)
}

// Every setting that is secret, wherever it is wrong, and accounts where no one
// should write them.
func TestConfigCheckShowsNoSecret(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, key := range config.Keys() {
		if key.Secret {
			lines = append(lines, key.Section+"."+key.Name+"="+marked(key.Name))
		}
	}
	if len(lines) < 4 {
		t.Fatalf("only %q are secret", lines)
	}
	for _, more := range [][]string{
		nil,
		{"resilient.proxy_host=u:" + marked("x") + "@proxy"},
		{"resilient.proxy_host=http://u:" + marked("x") + "@proxy/"},
		{"resilient.host=https://u:" + marked("x") + "@soar/"},
		{"resilient.host=u:" + marked("x") + "@soar"},
		{"resilient.stomp_host=u:p@" + marked("x") + "@soar"},
		{"fn_slack.slack_api_url=https://u:" + marked("x") + "@slack.com/api/"},
		{"resilient.password=$" + mark + "_password"},
		{"resilient.api_key_secret=a${" + mark + "_password}"},
		{"fn_slack.api_token=" + mark + " with a blank"},
	} {
		w := servicetest.Start(t)
		args := []string{"config", "check", "--config-file", w.Config}
		for _, line := range append(lines, more...) {
			args = append(args, "--set", line)
		}
		stdout, stderr, _ := command(t, "", args...)
		noMark(t, fmt.Sprint(more), stdout+stderr)
		if !strings.Contains(stdout, "[secret]") {
			t.Errorf("%q: %s%s", more, stdout, stderr)
		}
	}
}
