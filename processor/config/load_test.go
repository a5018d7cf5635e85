package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/secret"
)

const minimal = `[resilient]
host = soar.example.com
org = Test Org
api_key_id = 1-2-3
api_key_secret = s3cret
[fn_slack]
api_token = xoxb-1-2
`

// write puts a settings file into a folder of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func load(t *testing.T, text string, o Options) *Settings {
	t.Helper()
	o.File = write(t, text)
	s, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// problems loads text, and returns the problems as lines without the folder.
func problems(t *testing.T, text string, o Options) []string {
	t.Helper()
	o.File = write(t, text)
	_, err := Load(o)
	if err == nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(err.Error(), filepath.Dir(o.File)+"/", ""), "\n")
}

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}

func TestDefaults(t *testing.T) {
	got := load(t, minimal, Options{})
	wantResilient := Resilient{
		Host: "soar.example.com", Port: 443, Org: "Test Org", APIKeyID: "1-2-3", APIKeySecret: secret.New("s3cret"),
		STOMPHost: "soar.example.com", STOMPPort: 65001, STOMPTimeout: time.Minute, Prefetch: 100, Workers: 25,
		RequestMaxRetries: 5, RequestRetryDelay: 2 * time.Second, RequestRetryBackoff: 2, SelftestTimeout: 10 * time.Second,
		LogDir: "logs", LogFile: "app.log", LogLevel: "INFO", LogMaxBytes: 10_000_000, LogBackupCount: 10,
	}
	if diff := cmp.Diff(wantResilient, got.Resilient); diff != "" {
		t.Errorf("[resilient] (-want +got):\n%s", diff)
	}
	s := got.Slack
	if s.Token.Reveal() != "xoxb-1-2" || s.Username != "Resilient" || s.ScriptFail || s.UnreadableFail || s.HoldUnknown || s.DeliveryTimeout != 10*time.Minute ||
		s.RequestTimeout != 15*time.Second || s.MessageInterval != time.Second || s.Location != time.UTC {
		t.Errorf("[fn_slack]: got %+v", s)
	}
	if len(got.Notes) != 0 {
		t.Errorf("got notes %q", got.Notes)
	}
	if got.Resilient.BaseURL() != "https://soar.example.com" || got.Resilient.STOMPAddr() != "soar.example.com:65001" {
		t.Errorf("got %s and %s", got.Resilient.BaseURL(), got.Resilient.STOMPAddr())
	}
}

func TestEverySettingIsTakenOver(t *testing.T) {
	ca, err := filepath.Abs("testdata/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	got := load(t, `[resilient]
host=localhost
port=8443
org=TestOrg
email=b@a.com
password=p
cafile=`+ca+`
resource_prefix=/soar
proxy_host=http://proxy.example.com
proxy_port=3128
proxy_user=joe
proxy_password=pp
max_connection_retries=7
request_max_retries=3
request_retry_delay=1
request_retry_backoff=1.5
stomp_host=mq
stomp_port=61613
stomp_cafile=FALSE
stomp_timeout=1m30s
num_workers=50
stomp_prefetch_limit=10
trap_exception=True
selftest_timeout=20
logdir=/var/log
logfile=x.log
loglevel=debug
log_max_bytes=200000
log_backup_count=2
[fn_slack]
api_token=xoxb-1
username=SOC
scripts_dir=/etc/scripts
state_dir=/var/lib/x
on_script_error=Fail
on_unreadable=fail
on_unknown=hold
shared_queue=yes
delivery_timeout=5m
slack_request_timeout=2
message_interval=250ms
time_zone=Europe/Berlin
date_format=02.01.2006
archive_format=JSON, text
allow_malware_samples=true
render_workers=2
status_address=127.0.0.1:9000
status_hosts=a.example.com, b
insecure_slack_api_url=yes
slack_api_url=http://127.0.0.1:9/api/
`, Options{})
	r := got.Resilient
	if r.Proxy.String() != "http://joe:pp@proxy.example.com:3128" {
		t.Errorf("got proxy %s", r.Proxy)
	}
	r.Proxy = nil
	want := Resilient{
		Host: "localhost", Port: 8443, ResourcePrefix: "/soar", Org: "TestOrg", Email: "b@a.com", Password: secret.New("p"), CAFile: ca,
		STOMPHost: "mq", STOMPPort: 61613, STOMPInsecure: true, STOMPTimeout: 90 * time.Second, Prefetch: 10, Workers: 50,
		MaxConnectionRetries: 7, RequestMaxRetries: 3, RequestRetryDelay: time.Second, RequestRetryBackoff: 1.5,
		SelftestTimeout: 20 * time.Second, TrapException: true,
		LogDir: "/var/log", LogFile: "x.log", LogLevel: "DEBUG", LogMaxBytes: 200_000, LogBackupCount: 2,
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("[resilient] (-want +got):\n%s", diff)
	}
	s := got.Slack
	location := s.Location.String()
	s.Location = nil
	wantSlack := Slack{Token: secret.New("xoxb-1"), Username: "SOC", APIURL: "http://127.0.0.1:9/api/", ScriptsDir: "/etc/scripts", StateDir: "/var/lib/x",
		ScriptFail: true, UnreadableFail: true, HoldUnknown: true, SharedQueue: true, DeliveryTimeout: 5 * time.Minute,
		RequestTimeout: 2 * time.Second, MessageInterval: 250 * time.Millisecond, DateFormat: "02.01.2006", RenderWorkers: 2, ArchiveFormats: []string{"json", "text"}, MalwareSamples: true,
		StatusAddress: "127.0.0.1:9000", StatusHosts: []string{"a.example.com", "b"}, InsecureAPI: true}
	if diff := cmp.Diff(wantSlack, s); diff != "" || location != "Europe/Berlin" {
		t.Errorf("[fn_slack], %s (-want +got):\n%s", location, diff)
	}
	if got.Resilient.BaseURL() != "https://localhost:8443" {
		t.Errorf("got %s", got.Resilient.BaseURL())
	}
	// The test above names every key that has an effect.
	for _, e := range got.Effective() {
		if e.Origin == "default" && e.Key != "api_key_id" && e.Key != "api_key_secret" {
			t.Errorf("%s.%s is not in the test", e.Section, e.Key)
		}
	}
}

func TestValuesStayAsTheyAre(t *testing.T) {
	for _, password := range []string{
		`100%`, `%(host)s`, `%%`, `a;b#c`, `a ; b # c`, `a=b==`, `a:b`, "`tick`s", `"""q"""r`, `"quoted"`, `'quoted'`, `back\slash\`, `\n`,
		`$`, `$1`, `a$b`, `${`, `}`, `^`, `^!x`, `ü 😀`, `[x]`, `<`, `#no comment`, `; neither`, "a\tb",
	} {
		text := strings.Replace(minimal, "s3cret", password, 1)
		if got := load(t, text, Options{}).Resilient.APIKeySecret.Reveal(); got != password {
			t.Errorf("got %q, want %q", got, password)
		}
	}
}

// The original takes all behind a $ for the name of a variable.
func TestVariableWithAnUnusualName(t *testing.T) {
	vars := env(map[string]string{"MY-KEY": "whole", "MY": "part", "1": "one", "PLAIN": "plain"})
	for value, want := range map[string]string{
		"$MY-KEY": "whole", "$MY-OTHER": "part-OTHER", "$1": "one", "$PLAIN": "plain", "$2": "$2",
	} {
		got := load(t, strings.Replace(minimal, "s3cret", value, 1), Options{Getenv: vars})
		if secret := got.Resilient.APIKeySecret.Reveal(); secret != want {
			t.Errorf("%s: got %q, want %q", value, secret, want)
		}
		name, unusual := strings.CutPrefix(value, "$")
		unusual = unusual && (want == "whole" || want == "one")
		if said := strings.Contains(strings.Join(got.Notes, "\n"), "is read from the environment variable "+name); said != unusual {
			t.Errorf("%s: notes %q", value, got.Notes)
		}
	}
}

func TestIniText(t *testing.T) {
	got := load(t, "\xEF\xBB\xBF# comment\r\n; comment\r\n[resilient] trailing text\r\n  HOST : soar\r\nOrg=one\r\n  two\r\n\r\n  # comment\r\n\tthree\r\n"+
		"api_key_id=i\r\napi_key_secret =  x y  \r\n[fn_slack]\r\napi_token=xoxb-1\r\nusername=\r\n\r\n[DEFAULT]\r\nlogfile=d.log\r\n", Options{})
	if r := got.Resilient; r.Host != "soar" || r.Org != "one\ntwo\n\nthree" || r.APIKeySecret.Reveal() != "x y" || r.LogFile != "d.log" {
		t.Errorf("got %+v", r)
	}
	if got.Slack.Username != "Resilient" {
		t.Errorf("an empty value: got %q, want the default", got.Slack.Username)
	}
}

func TestPrecedence(t *testing.T) {
	vars := env(map[string]string{"LOGLEVEL": "ERROR", "APP_LOG_DIR": "/env", "RESILIENT_STOMP_TIMEOUT": "5"})
	file := strings.Replace(minimal, "[fn_slack]", "loglevel=DEBUG\nlogdir=/file\n[fn_slack]", 1)
	got := load(t, file, Options{Getenv: vars}).Resilient
	if got.LogLevel != "ERROR" || got.LogDir != "/file" || got.STOMPTimeout != 5*time.Second {
		t.Errorf("environment and file: got %s, %s, %v", got.LogLevel, got.LogDir, got.STOMPTimeout)
	}
	got = load(t, file, Options{Getenv: vars, Override: map[string]string{"resilient.loglevel": "WARNING", "resilient.host": "flag"}}).Resilient
	if got.LogLevel != "WARNING" || got.Host != "flag" || got.STOMPHost != "flag" {
		t.Errorf("command line: got %s, %s, %s", got.LogLevel, got.Host, got.STOMPHost)
	}
	if got := load(t, minimal, Options{Getenv: vars}).Resilient.LogDir; got != "/env" {
		t.Errorf("environment as default: got %s", got)
	}
}

func TestReferencesToTheEnvironment(t *testing.T) {
	vars := env(map[string]string{"TOKEN": "xoxb-$HOME-${HOST}", "HOST": "soar", "A": "a", "EMPTY": ""})
	got := load(t, `[resilient]
host=$HOST.example.com
org=${A}-${A}${EMPTY}
api_key_id=i
api_key_secret=$ecret${no}!
[fn_slack]
api_token=$TOKEN
`, Options{Getenv: vars})
	r := got.Resilient
	if r.Host != "soar.example.com" || r.Org != "a-a" || r.APIKeySecret.Reveal() != "$ecret${no}!" || got.Slack.Token.Reveal() != "xoxb-$HOME-${HOST}" {
		t.Errorf("got %s, %s, %s, %s", r.Host, r.Org, r.APIKeySecret.Reveal(), got.Slack.Token.Reveal())
	}
	if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "resilient.api_key_secret looks like a reference to environment variable") {
		t.Errorf("got notes %q", got.Notes)
	}
}

func TestUnknownAndUnusedIsNoted(t *testing.T) {
	s := load(t, minimal+"colour=red\n[fn_other]\nx=1\n[integrations]\nhttp_proxy=x\n", Options{})
	got := strings.ReplaceAll(strings.Join(s.Notes, "\n"), s.File, "F")
	want := "F:8: fn_slack.colour is not known and not used\nF:9: section [fn_other] is not used\nF:11: section [integrations] is not used"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s = load(t, strings.Replace(minimal, "[fn_slack]", "cache_ttl=9\nproxy_port=80\n[fn_slack]", 1), Options{})
	if len(s.Notes) != 2 || !strings.Contains(s.Notes[0], "6: resilient.cache_ttl has no effect here: no definitions") || !strings.Contains(s.Notes[1], "7: resilient.proxy_port") {
		t.Errorf("got %q", s.Notes)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	got := problems(t, `host=early
[resilient]
host = https://soar.example.com/
port = 99999
api_key_id = $NO_SUCH
api_key_secret = ^vault
cafile = /no/such/file
stomp_timeout = soon
port = 443
  continued
nonsense
log_max_bytes = 5
[fn_slack]
api_token = <api token>
on_unknown = maybe
time_zone = Mars/Olympus
date_format = dd.MM.yyyy HH:mm
[resilient]
`, Options{Override: map[string]string{"resilient.num_workers": "0", "fn_slack.nope": "1"}})
	want := []string{
		"app.config:1: host: the key stands before the first section; put it below [resilient] or [fn_slack]",
		`app.config:3: resilient.host: "https://soar.example.com/" is not a host name; write the name alone, without https:// and path; the port has a key of its own`,
		`app.config:4: resilient.port: "99999" is not possible; write a whole number from 1 to 65535`,
		"app.config:5: resilient.api_key_id: environment variable NO_SUCH is not set; set it where the service is started, or write the value itself",
		"app.config:6: resilient.api_key_secret: the value is a reference to a keyring, and there is none; put the secret into an environment variable and write its name: $NAME",
		"app.config:7: resilient.cafile: open /no/such/file: no such file or directory; write the path of a PEM file that the service may read",
		`app.config:8: resilient.stomp_timeout: "soon" is not possible; write seconds, or a number with a unit such as 90s or 5m, from 1s to 1h0m0s`,
		"app.config:9: resilient.port: the key occurs twice, first in line 4; delete one of the two",
		"app.config:11: resilient: the line is neither a comment nor key=value; write key=value, begin a comment with #, or indent the line to continue a value",
		`app.config:12: resilient.log_max_bytes: "5" is not possible; write 0, or at least 100000`,
		"app.config:14: fn_slack.api_token: still holds the placeholder of the template; write the bot token of the Slack app, xoxb-…, or $NAME for an environment variable that holds it",
		`app.config:15: fn_slack.on_unknown: "maybe" is not possible; write one of: resend, hold`,
		`app.config:16: fn_slack.time_zone: "Mars/Olympus" is not possible; there is no time zone "Mars/Olympus"; write a name of the IANA time zone list, such as Europe/Berlin, or UTC`,
		`app.config:17: fn_slack.date_format: "dd.MM.yyyy HH:mm" is not possible; it is a pattern of Java's; write %d.%m.%Y %H:%M`,
		"app.config:18: section [resilient] occurs twice, first in line 2; move its keys into the first one",
		"the command line: fn_slack.nope: there is no such setting; see `fn-slack config check` for the settings",
		`the command line: resilient.num_workers: "0" is not possible; write a whole number from 1 to 2000`,
		"app.config: resilient.org: is missing; write the organisation's name",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFileWithoutCertificates(t *testing.T) {
	empty := write(t, "not PEM")
	got := problems(t, strings.Replace(minimal, "[fn_slack]", "cafile="+empty+"\n[fn_slack]", 1), Options{})
	want := "app.config:6: resilient.cafile: " + empty + " holds no certificate in PEM form; write the path of the authority's certificate, a file with BEGIN CERTIFICATE"
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCredentials(t *testing.T) {
	for _, tt := range []struct{ lines, want string }{
		{"", "app.config: resilient.api_key_id: there are no credentials; write api_key_id and api_key_secret, or email and password"},
		{"api_key_id=i", "app.config: resilient.api_key_secret: is missing; write the secret of the API key"},
		{"api_key_secret=s", "app.config: resilient.api_key_id: is missing; write the id of the API key"},
		{"email=a@b", "app.config: resilient.password: is missing, and nobody can be asked for it; write the account's password, or $NAME for an environment variable that holds it"},
		{"email=a@b\npassword=<password>", "app.config:5: resilient.password: still holds the placeholder of the template; write the account's password"},
		{"email=a@b\npassword=changeme", ""},
		{"api_key_id=i\nemail=a@b\npassword=p", ""},
	} {
		got := strings.Join(problems(t, "[resilient]\nhost=h\norg=o\n"+tt.lines+"\n[fn_slack]\napi_token=xoxb-1\n", Options{}), "\n")
		if got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.lines, got, tt.want)
		}
	}
}

func TestSearchOrder(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	o := Options{Dir: dir, Home: home}
	if _, err := Load(o); err == nil || !strings.Contains(err.Error(), "there is no settings file; looked for "+dir+"/app.config and "+home+"/.resilient/app.config") {
		t.Errorf("nothing: got %v", err)
	}
	put := func(file string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(minimal), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, step := range []struct {
		file   string
		change func()
	}{
		{put(filepath.Join(home, ".resilient", "app.config")), func() {}},
		{filepath.Join(dir, "app.config"), func() { put(filepath.Join(dir, "app.config")) }},
		{filepath.Join(dir, "env.config"), func() {
			put(filepath.Join(dir, "env.config"))
			o.Getenv = env(map[string]string{"APP_CONFIG_FILE": "env.config"})
		}},
		{filepath.Join(home, "flag.config"), func() { o.File = "~/flag.config"; put(filepath.Join(home, "flag.config")) }},
	} {
		step.change()
		got, err := Load(o)
		if err != nil || got.File != step.file {
			t.Errorf("got %s, %v, want %s", got.File, err, step.file)
		}
	}
	o.File = "gone.config"
	if _, err := Load(o); err == nil || err.Error() != dir+"/gone.config: cannot be read: no such file or directory; check the path and the permissions" {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s := load(t, `[resilient]
host=h
org=o
email=a@b
password=geheim1
proxy_host=p
proxy_user=u
proxy_password=geheim2
[fn_slack]
api_token=xoxb-geheim3
slack_api_url=https://user:geheim4@proxy/api/
`, Options{})
	js, err := json.Marshal(struct{ R, S any }{s.Resilient.Password, s.Slack.Token})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %v %q", s.Resilient.Password, s.Slack.Token, s.Slack.Token, s.Effective(), s.Notes) + string(js)
	if i := strings.Index(printed, "geheim"); i >= 0 {
		t.Errorf("got %s", printed[max(0, i-60):i+10])
	}
	at := slices.IndexFunc(s.Effective(), func(e Effective) bool { return e.Key == "api_token" })
	if got := s.Effective()[at]; got.Value != secret.Mask || got.Origin != s.File+":10" {
		t.Errorf("got %+v", got)
	}
	for _, line := range problems(t, "[resilient]\npassword=geheim\n  ^{x}\ngeheim\nproxy_host=http://u:geheim@p\n[fn_slack]\napi_token=x geheim\n", Options{}) {
		if strings.Contains(line, "geheim") {
			t.Errorf("a problem shows a secret: %s", line)
		}
	}
}

func TestTheTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		id := k.Section + "." + k.Name
		if seen[id] || !slices.Contains(sections, k.Section) || k.Name != strings.ToLower(k.Name) {
			t.Errorf("%s: twice, or of no section, or not in lower case", id)
		}
		seen[id] = true
		if (k.Unused == "") != (k.set != nil) || (k.Unused == "") != (k.Doc != "") {
			t.Errorf("%s: a key is either described and read, or unused", id)
		}
		if k.Default != "" {
			if err := k.set(&Settings{}, k.Default); err != nil {
				t.Errorf("%s: default %q: %v", id, k.Default, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("[a]\nk=v\n  w\n\n x\n[a]\nk:1\nk=2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, problems := parse("f", text)
		lines := strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n") + 1
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.What == "" || p.Remedy == "" {
				t.Fatalf("got problem %+v", p)
			}
		}
		// What was read, written plainly, reads the same.
		var b strings.Builder
		for _, s := range doc.sections {
			fmt.Fprintf(&b, "[%s]\n", s.name)
			for _, e := range doc.entries {
				if e.section == s.name {
					fmt.Fprintf(&b, "%s=%s\n", e.key, strings.ReplaceAll(e.value, "\n", "\n "))
				}
			}
		}
		again, problems := parse("f", []byte(b.String()))
		if len(problems) > 0 || len(again.entries) != len(doc.entries) {
			t.Fatalf("%q: got %d keys and %v, want %d keys", b.String(), len(again.entries), problems, len(doc.entries))
		}
		for i, e := range doc.entries {
			got, ok := valueOf(again, e)
			if !ok || got != e.value {
				t.Fatalf("entry %d %s.%s: got %q, want %q", i, e.section, e.key, got, e.value)
			}
		}
	})
}

func valueOf(d *document, want entry) (string, bool) {
	for _, e := range d.entries {
		if e.section == want.section && e.key == want.key {
			return e.value, true
		}
	}
	return "", false
}

// What is misspelt, or stands in the wrong section, is told with what is meant.
func TestMisspeltSettings(t *testing.T) {
	s := load(t, "[DEFAULT]\nport=444\ncolour=red\n[Resilient]\n"+minimal+"scripts_dri=x\nhost=y\nusername=%(host)s\n", Options{})
	got := strings.ReplaceAll(strings.Join(s.Notes, "\n"), s.File, "F")
	want := `F:1: what [DEFAULT] holds counts in every section that does not have it
F:3: DEFAULT.colour is not known and not used
F:4: section [Resilient] is not used; did you mean "resilient"?
F:12: fn_slack.scripts_dri is not known and not used; did you mean "scripts_dir"?
F:13: fn_slack.host is not known and not used; it belongs into [resilient]
F:14: fn_slack.username: %(name)s is not replaced, but taken as it stands`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := problems(t, minimal, Options{Override: map[string]string{"fn_slack.user_name": "x"}}); len(got) != 1 || !strings.Contains(got[0], `did you mean "username"?`) {
		t.Errorf("got %q", got)
	}
}

// A variable that is not set keeps the service from starting, and is named. Only a
// password may look like one.
func TestAVariableThatIsNotSet(t *testing.T) {
	for _, value := range []string{"$SOAR_SECRET", "${SOAR_SECRET}"} {
		got := problems(t, strings.Replace(whole, "s3cr3t", value, 1), Options{})
		if want := "app.config:5: resilient.api_key_secret: environment variable SOAR_SECRET is not set; "; len(got) == 0 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got %q, want %s", value, got, want)
		}
	}
	s := load(t, strings.Replace(whole, "api_key_id=i\napi_key_secret=s3cr3t", "email=a@b\npassword=$SOAR_PASSWORD", 1), Options{})
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "environment variable SOAR_PASSWORD is not set") || s.Resilient.Password.Reveal() != "$SOAR_PASSWORD" {
		t.Errorf("got %q", s.Warnings)
	}
}
