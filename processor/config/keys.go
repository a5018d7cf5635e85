package config

import (
	"errors"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/strftime"
	"github.com/fn-slack/fn-slack/processor/secret"
)

// A Key describes one setting.
type Key struct {
	Section, Name string
	// Default is the value where nobody sets one; empty is none.
	Default string
	// Env is an environment variable that gives the value. EnvWins tells
	// whether before the file or only where the file has none.
	Env     string
	EnvWins bool
	Secret  bool
	// Unused says why the original's key has no effect here; such keys may
	// stay in the file.
	Unused string
	Doc    string
	// Placeholder stands in the template for a value that everybody must set.
	Placeholder string

	// address is a value before which people write an account and a password.
	address bool
	// set stores a value; its error says what is allowed.
	set func(s *Settings, value string) error
}

// sections are those that are read.
var sections = []string{"resilient", "fn_slack"}

// Keys lists every setting, in the order in which a person wants to read them.
func Keys() []Key { return slices.Clone(table) }

// DefaultStatusAddress is where the status is served that no setting moves.
const DefaultStatusAddress = "127.0.0.1:9808"

// table is every key of the original's, and our own. Defaults without another
// source are the original's.
var table = []Key{
	{Section: "resilient", Name: "host", address: true, Placeholder: "<host name>", Doc: "host name of the platform",
		set: text(func(s *Settings) *string { return &s.Resilient.Host })},
	{Section: "resilient", Name: "port", Default: "443", Doc: "port of the REST API",
		set: integer(func(s *Settings) *int { return &s.Resilient.Port }, 1, 65535)},
	{Section: "resilient", Name: "org", Placeholder: "<organisation>", Doc: "organisation, by name, uuid or cloud account",
		set: text(func(s *Settings) *string { return &s.Resilient.Org })},
	{Section: "resilient", Name: "api_key_id", Placeholder: "<id of the API key>", Doc: "id of the API key",
		set: text(func(s *Settings) *string { return &s.Resilient.APIKeyID })},
	{Section: "resilient", Name: "api_key_secret", Secret: true, Placeholder: "<secret of the API key>", Doc: "secret of the API key",
		set: hidden(func(s *Settings) *secret.Text { return &s.Resilient.APIKeySecret })},
	{Section: "resilient", Name: "email", Doc: "account, where there is no API key",
		set: text(func(s *Settings) *string { return &s.Resilient.Email })},
	{Section: "resilient", Name: "password", Secret: true, Doc: "password of the account",
		set: hidden(func(s *Settings) *secret.Text { return &s.Resilient.Password })},
	{Section: "resilient", Name: "cafile", Doc: "file of trusted certificates (PEM); false checks nothing",
		set: func(s *Settings, v string) error {
			s.Resilient.CAFile, s.Resilient.Insecure = certificates(v)
			return nil
		}},
	{Section: "resilient", Name: "resource_prefix", Env: "RESOURCE_PREFIX", Doc: "path before /rest in the API's address",
		set: text(func(s *Settings) *string { return &s.Resilient.ResourcePrefix })},
	{Section: "resilient", Name: "proxy_host", address: true, Doc: "proxy, as a name or an address such as http://proxy.example.com",
		set: func(s *Settings, v string) error {
			if !strings.Contains(v, "://") {
				v = "https://" + v // the original's default
			}
			u, err := url.Parse(v)
			if err != nil || u.User != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
				return errors.New("write a host name, or http:// or https:// and a host name; account and password have keys of their own")
			}
			s.Resilient.Proxy = &url.URL{Scheme: u.Scheme, Host: u.Host}
			return nil
		}},
	{Section: "resilient", Name: "proxy_port", Doc: "port of the proxy",
		set: func(s *Settings, v string) error {
			var port int
			if err := integer(func(*Settings) *int { return &port }, 0, 65535)(s, v); err != nil {
				return err
			}
			if s.Resilient.Proxy != nil && port > 0 {
				s.Resilient.Proxy.Host = joinPort(s.Resilient.Proxy.Hostname(), port)
			}
			return nil
		}},
	{Section: "resilient", Name: "proxy_user", Doc: "account at the proxy",
		set: func(s *Settings, v string) error {
			if s.Resilient.Proxy != nil {
				s.Resilient.Proxy.User = url.User(v)
			}
			return nil
		}},
	{Section: "resilient", Name: "proxy_password", Secret: true, Doc: "password at the proxy",
		set: func(s *Settings, v string) error {
			if p := s.Resilient.Proxy; p != nil {
				p.User = url.UserPassword(p.User.Username(), v)
			}
			return nil
		}},
	{Section: "resilient", Name: "max_connection_retries", Default: "-1", Env: "RESILIENT_MAX_CONNECTION_RETRIES", Doc: "attempts to log in; 0 or -1 is without end",
		set: tries(func(s *Settings) *int { return &s.Resilient.MaxConnectionRetries })},
	{Section: "resilient", Name: "request_max_retries", Default: "5", Doc: "tries of every other REST call; 0 or -1 is without end",
		set: tries(func(s *Settings) *int { return &s.Resilient.RequestMaxRetries })},
	{Section: "resilient", Name: "request_retry_delay", Default: "2", Doc: "time before the second try to log in, and of every other REST call",
		set: duration(func(s *Settings) *time.Duration { return &s.Resilient.RequestRetryDelay }, 0, time.Hour)},
	{Section: "resilient", Name: "request_retry_backoff", Default: "2", Doc: "factor for each further delay",
		set: func(s *Settings, v string) error {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil || !(f >= 1 && f <= 100) {
				return errors.New("write a number from 1 to 100")
			}
			s.Resilient.RequestRetryBackoff = f
			return nil
		}},
	{Section: "resilient", Name: "stomp_host", address: true, Doc: "host name of the message broker, where it is not host",
		set: text(func(s *Settings) *string { return &s.Resilient.STOMPHost })},
	{Section: "resilient", Name: "stomp_port", Default: "65001", Doc: "port of the message broker",
		set: integer(func(s *Settings) *int { return &s.Resilient.STOMPPort }, 1, 65535)},
	{Section: "resilient", Name: "stomp_cafile", Doc: "trusted certificates for the broker, where it is not cafile",
		set: func(s *Settings, v string) error {
			s.Resilient.STOMPCAFile, s.Resilient.STOMPInsecure = certificates(v)
			return nil
		}},
	{Section: "resilient", Name: "stomp_timeout", Default: "60", Env: "RESILIENT_STOMP_TIMEOUT", Doc: "time to connect to the broker",
		set: duration(func(s *Settings) *time.Duration { return &s.Resilient.STOMPTimeout }, time.Second, time.Hour)},
	{Section: "resilient", Name: "num_workers", Default: "25", Doc: "calls whose fields are prepared at once; how many layouts run at once is render_workers",
		set: integer(func(s *Settings) *int { return &s.Resilient.Workers }, 1, 2000)},
	{Section: "resilient", Name: "stomp_prefetch_limit", Doc: "calls that the broker hands out in advance; four times num_workers where it is not set",
		set: integer(func(s *Settings) *int { return &s.Resilient.Prefetch }, 1, 2000)},
	{Section: "resilient", Name: "trap_exception", Default: "false", Doc: "a failed call ends with a result that says so, and the workflow goes on",
		set: boolean(func(s *Settings) *bool { return &s.Resilient.TrapException })},
	{Section: "resilient", Name: "selftest_timeout", Default: "10", Doc: "time for each step of the selftest",
		set: duration(func(s *Settings) *time.Duration { return &s.Resilient.SelftestTimeout }, time.Second, time.Hour)},
	{Section: "resilient", Name: "logdir", Default: "logs", Env: "APP_LOG_DIR", Doc: "folder of the log file",
		set: text(func(s *Settings) *string { return &s.Resilient.LogDir })},
	{Section: "resilient", Name: "logfile", Default: "app.log", Doc: "name of the log file",
		set: text(func(s *Settings) *string { return &s.Resilient.LogFile })},
	{Section: "resilient", Name: "loglevel", Default: "INFO", Env: "LOGLEVEL", EnvWins: true, Doc: "DEBUG, INFO, WARNING, ERROR or CRITICAL",
		set: func(s *Settings, v string) error {
			return choice(v, func(level string) { s.Resilient.LogLevel = level }, "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
		}},
	{Section: "resilient", Name: "log_max_bytes", Default: "10000000", Doc: "size at which a new log file is begun; 0 is never",
		set: func(s *Settings, v string) error {
			err := integer(func(s *Settings) *int { return &s.Resilient.LogMaxBytes }, 0, math.MaxInt32)(s, v)
			if n := s.Resilient.LogMaxBytes; err != nil || n > 0 && n < 100_000 {
				return errors.New("write 0, or at least 100000")
			}
			return nil
		}},
	{Section: "resilient", Name: "log_backup_count", Default: "10", Doc: "older log files that are kept",
		set: integer(func(s *Settings) *int { return &s.Resilient.LogBackupCount }, 0, 10_000)},

	{Section: "fn_slack", Name: "api_token", Secret: true, Placeholder: "<bot token>", Doc: "the Slack app's bot token, xoxb-…",
		set: hidden(func(s *Settings) *secret.Text { return &s.Slack.Token })},
	{Section: "fn_slack", Name: "username", Default: "Resilient", Doc: "author of messages for which the call names none",
		set: text(func(s *Settings) *string { return &s.Slack.Username })},
	{Section: "fn_slack", Name: "scripts_dir", Doc: "folder of the layout scripts",
		set: text(func(s *Settings) *string { return &s.Slack.ScriptsDir })},
	{Section: "fn_slack", Name: "state_dir", Env: "STATE_DIRECTORY", Doc: "folder of the journal; must survive a restart",
		set: text(func(s *Settings) *string { return &s.Slack.StateDir })},
	{Section: "fn_slack", Name: "on_script_error", Default: "classic", Doc: "what a broken layout does: classic posts in the classic layout, fail fails the call",
		set: func(s *Settings, v string) error {
			return choice(v, func(c string) { s.Slack.ScriptFail = c == "fail" }, "classic", "fail")
		}},
	{Section: "fn_slack", Name: "on_unreadable", Default: "post", Doc: "what happens where slack_details or slack_text cannot be read to their end: post sends what was read, and the rest as it stands, in the classic layout to the call's own channel; fail fails the call",
		set: func(s *Settings, v string) error {
			return choice(v, func(c string) { s.Slack.UnreadableFail = c == "fail" }, "post", "fail")
		}},
	{Section: "fn_slack", Name: "on_unknown", Default: "resend", Doc: "what happens when nobody can say whether Slack posted a message: resend may post it twice, hold fails the call",
		set: func(s *Settings, v string) error {
			return choice(v, func(c string) { s.Slack.HoldUnknown = c == "hold" }, "resend", "hold")
		}},
	{Section: "fn_slack", Name: "shared_queue", Default: "false", Doc: "other instances work on the same queue: Slack is asked about every message that is older than the connection to the broker",
		set: boolean(func(s *Settings) *bool { return &s.Slack.SharedQueue })},
	{Section: "fn_slack", Name: "delivery_timeout", Default: "600", Doc: "how long a message is tried while Slack cannot be reached",
		set: duration(func(s *Settings) *time.Duration { return &s.Slack.DeliveryTimeout }, time.Second, 24*time.Hour)},
	{Section: "fn_slack", Name: "slack_request_timeout", Default: "15", Doc: "time for one request to Slack. After a crash Slack is asked about calls whose messages may have been sent when 1.5 times this is over (twice this with shared_queue). The same in all instances of a queue, also where only one works at a time",
		set: duration(func(s *Settings) *time.Duration { return &s.Slack.RequestTimeout }, time.Second, 5*time.Minute)},
	{Section: "fn_slack", Name: "message_interval", Default: "1", Doc: "time between two messages in one channel after a short burst, as Slack wants it; 0 is none",
		set: duration(func(s *Settings) *time.Duration { return &s.Slack.MessageInterval }, 0, time.Minute)},
	{Section: "fn_slack", Name: "time_zone", Default: "UTC", Doc: "time zone of dates, such as Europe/Berlin",
		set: func(s *Settings, v string) error {
			var err error
			s.Slack.Location, err = strftime.Zone(v)
			return err
		}},
	{Section: "fn_slack", Name: "date_format", Doc: "layout of dates, such as %d.%m.%Y %H:%M or, in Go's notation, 02.01.2006 15:04; empty is 2018-04-27T19:33:36Z",
		set: func(s *Settings, v string) error {
			s.Slack.DateFormat = v
			return strftime.Check(v)
		}},
	{Section: "fn_slack", Name: "archive_format", Default: "text", Doc: "what slack_archive_channel attaches: text, as people read it, json, one line for each message as Slack gives it, or text,json for both",
		set: func(s *Settings, v string) error {
			s.Slack.ArchiveFormats = nil
			for format := range strings.SplitSeq(v, ",") {
				format = strings.ToLower(strings.TrimSpace(format))
				if format != "text" && format != "json" || slices.Contains(s.Slack.ArchiveFormats, format) {
					return errors.New("write text, json or text,json")
				}
				s.Slack.ArchiveFormats = append(s.Slack.ArchiveFormats, format)
			}
			return nil
		}},
	{Section: "fn_slack", Name: "allow_malware_samples", Default: "false", Doc: "slack_post_attachment uploads malware samples like other files; otherwise their names, sizes and hashes are posted in their place",
		set: boolean(func(s *Settings) *bool { return &s.Slack.MalwareSamples })},
	{Section: "fn_slack", Name: "render_workers", Default: "0", Doc: "processes that run layout scripts; 0 is one for each processor, but two at most",
		set: integer(func(s *Settings) *int { return &s.Slack.RenderWorkers }, 0, 64)},
	{Section: "fn_slack", Name: "status_address", Default: DefaultStatusAddress, Doc: "address of the status page and of /metrics; off is none",
		set: func(s *Settings, v string) error {
			if strings.EqualFold(v, "off") {
				s.Slack.StatusAddress = ""
				return nil
			}
			_, port, err := net.SplitHostPort(v)
			if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
				return errors.New("write an address such as 127.0.0.1:9808, or off")
			}
			s.Slack.StatusAddress = v
			return nil
		}},
	{Section: "fn_slack", Name: "status_hosts", Doc: "names under which the status may be asked for, separated by commas; an IP address, localhost and the name in status_address may always",
		set: func(s *Settings, v string) error {
			s.Slack.StatusHosts = nil
			for name := range strings.SplitSeq(v, ",") {
				name = strings.TrimSpace(name)
				if name == "" || strings.ContainsAny(name, "/:@* \t\n") {
					return errors.New("write names such as fn-slack.example.com, without port, separated by commas")
				}
				s.Slack.StatusHosts = append(s.Slack.StatusHosts, name)
			}
			return nil
		}},
	{Section: "fn_slack", Name: "slack_api_url", address: true, Doc: "address of Slack's Web API, for a proxy or a stand-in",
		set: func(s *Settings, v string) error {
			u, err := url.Parse(v)
			if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
				return errors.New("write an address such as https://slack.com/api/")
			}
			s.Slack.APIURL = v
			return nil
		}},
	{Section: "fn_slack", Name: "insecure_slack_api_url", Default: "false", Doc: "slack_api_url may begin with http:// although it is not on this machine: the token goes over the network for all to read",
		set: boolean(func(s *Settings) *bool { return &s.Slack.InsecureAPI })},

	{Section: "fn_slack", Name: "template_file", Unused: "the text of an archive is in the layout of the original, or in that of a script with a function archive"},
	{Section: "resilient", Name: "cache_ttl", Unused: "no definitions are cached"},
	{Section: "resilient", Name: "stomp", Unused: "the service has no work without the broker"},
	{Section: "resilient", Name: "stomp_max_retries", Unused: "an answer is kept until the broker has it"},
	{Section: "resilient", Name: "stomp_timer_interval", Unused: "an answer is kept until the broker has it"},
	{Section: "resilient", Name: "ignore_message_failure", Unused: "messages that cannot be read are always answered"},
	{Section: "resilient", Name: "heartbeat_timeout_threshold", Unused: "the connection is renewed by itself"},
	{Section: "resilient", Name: "log_http_responses", Unused: "answers are not copied to files"},
	{Section: "resilient", Name: "componentsdir", Unused: "there are no Python components"},
	{Section: "resilient", Name: "noload", Unused: "there are no Python components"},
	{Section: "resilient", Name: "no_prompt_password", Unused: "the service never asks for a password"},
	{Section: "resilient", Name: "pam_type", Unused: "secrets come from environment variables and from the system's keyring"},
	{Section: "resilient", Name: "rc_use_persistent_sessions", Unused: "connections are kept as long as they are useful"},
	{Section: "resilient", Name: "client_auth_cert", Unused: "the original does not read it from the file either"},
	{Section: "resilient", Name: "client_auth_key", Unused: "the original does not read it from the file either"},
	{Section: "resilient", Name: "resilient_mock", Unused: "it is for tests of the original"},
	{Section: "resilient", Name: "test_actions", Unused: "it is for tests of the original"},
	{Section: "resilient", Name: "test_host", Unused: "it is for tests of the original"},
	{Section: "resilient", Name: "test_port", Unused: "it is for tests of the original"},
	{Section: "resilient", Name: "actions_component", Unused: "there are no Python components"},
	{Section: "resilient", Name: "multitenancy", Unused: "one service serves one organisation"},
	{Section: "resilient", Name: "multi_org_function_json", Unused: "one service serves one organisation"},
	{Section: "resilient", Name: "low_code_queues_list", Unused: "the service serves no low-code queues"},
}
