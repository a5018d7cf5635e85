package config

import (
	"slices"
	"strings"
	"time"
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
	// set stores a value in the settings that the key was made for; its error says
	// what is allowed.
	set func(value string) error
}

func (k Key) id() string { return k.Section + "." + k.Name }

// sections are those that are read.
var sections = []string{"resilient", "fn_slack"}

// Keys lists every setting, in the order in which a person wants to read them.
func Keys() []Key { return keys(&Settings{}) }

// used are the keys of a section that have an effect.
func used(section string) []Key {
	return slices.DeleteFunc(Keys(), func(k Key) bool { return k.Section != section || k.Unused != "" })
}

// keys is every key of the original's, and our own, for the settings s. Defaults
// without another source are the original's.
func keys(s *Settings) []Key {
	return slices.Concat(
		in(sections[0], resilientKeys(s, &s.Resilient)),
		in(sections[1], slackKeys(&s.Slack)),
		in(sections[0], unusedKeys()),
	)
}

func in(section string, keys []Key) []Key {
	for i := range keys {
		keys[i].Section = section
	}
	return keys
}

func resilientKeys(s *Settings, r *Resilient) []Key {
	return []Key{
		{Name: "host", set: into(&r.Host, text), address: true, Placeholder: "<host name>", Doc: "host name of the platform"},
		{Name: "port", set: into(&r.Port, integer(1, 65535)), Default: "443", Doc: "port of the REST API"},
		{Name: "org", set: into(&r.Org, text), Placeholder: "<organisation>", Doc: "organisation, by name, uuid or cloud account"},
		{Name: "api_key_id", set: into(&r.APIKeyID, text), Placeholder: "<id of the API key>", Doc: "id of the API key"},
		{Name: "api_key_secret", set: into(&r.APIKeySecret, hidden), Secret: true, Placeholder: "<secret of the API key>", Doc: "secret of the API key"},
		{Name: "email", set: into(&r.Email, text), Doc: "account, where there is no API key"},
		{Name: "password", set: into(&r.Password, hidden), Secret: true, Doc: "password of the account"},
		{Name: "cafile", set: certificates(&r.CAFile, &r.Insecure), Doc: "file of trusted certificates (PEM); false checks nothing"},
		{Name: "resource_prefix", set: into(&r.ResourcePrefix, text), Env: "RESOURCE_PREFIX", Doc: "path before /rest in the API's address"},
		{Name: "proxy_host", set: into(&r.Proxy, proxy), address: true, Doc: "proxy, as a name or an address such as http://proxy.example.com"},
		{Name: "proxy_port", set: into(&s.proxyPort, integer(0, 65535)), Doc: "port of the proxy"},
		{Name: "proxy_user", set: into(&s.proxyUser, text), Doc: "account at the proxy"},
		{Name: "proxy_password", set: into(&s.proxyPassword, hidden), Secret: true, Doc: "password at the proxy"},
		{Name: "max_connection_retries", set: into(&r.MaxConnectionRetries, tries), Default: "-1", Env: "RESILIENT_MAX_CONNECTION_RETRIES", Doc: "attempts to log in; 0 or -1 is without end"},
		{Name: "request_max_retries", set: into(&r.RequestMaxRetries, tries), Default: "5", Doc: "tries of every other REST call; 0 or -1 is without end"},
		{Name: "request_retry_delay", set: into(&r.RequestRetryDelay, duration(0, time.Hour)), Default: "2", Doc: "time before the second try to log in, and of every other REST call"},
		{Name: "request_retry_backoff", set: into(&r.RequestRetryBackoff, factor), Default: "2", Doc: "factor for each further delay"},
		{Name: "stomp_host", set: into(&r.STOMPHost, text), address: true, Doc: "host name of the message broker, where it is not host"},
		{Name: "stomp_port", set: into(&r.STOMPPort, integer(1, 65535)), Default: "65001", Doc: "port of the message broker"},
		{Name: "stomp_cafile", set: certificates(&r.STOMPCAFile, &r.STOMPInsecure), Doc: "trusted certificates for the broker, where it is not cafile"},
		{Name: "stomp_timeout", set: into(&r.STOMPTimeout, duration(time.Second, time.Hour)), Default: "60", Env: "RESILIENT_STOMP_TIMEOUT", Doc: "time to connect to the broker"},
		{Name: "num_workers", set: into(&r.Workers, integer(1, 2000)), Default: "25", Doc: "calls whose fields are prepared at once; how many layouts run at once is render_workers"},
		{Name: "stomp_prefetch_limit", set: into(&r.Prefetch, integer(1, 2000)), Doc: "calls that the broker hands out in advance; four times num_workers where it is not set"},
		{Name: "trap_exception", set: into(&r.TrapException, boolean), Default: "false", Doc: "a failed call ends with a result that says so, and the workflow goes on"},
		{Name: "selftest_timeout", set: into(&r.SelftestTimeout, duration(time.Second, time.Hour)), Default: "10", Doc: "time for each step of the selftest"},
		{Name: "logdir", set: into(&r.LogDir, text), Default: "logs", Env: "APP_LOG_DIR", Doc: "folder of the log file"},
		{Name: "logfile", set: into(&r.LogFile, text), Default: "app.log", Doc: "name of the log file"},
		{Name: "loglevel", set: into(&r.LogLevel, oneOf("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")), Default: "INFO", Env: "LOGLEVEL", EnvWins: true, Doc: "DEBUG, INFO, WARNING, ERROR or CRITICAL"},
		{Name: "log_max_bytes", set: into(&r.LogMaxBytes, fileSize), Default: "10000000", Doc: "size at which a new log file is begun; 0 is never"},
		{Name: "log_backup_count", set: into(&r.LogBackupCount, integer(0, 10_000)), Default: "10", Doc: "older log files that are kept"},
	}
}

func slackKeys(s *Slack) []Key {
	return []Key{
		{Name: "api_token", set: into(&s.Token, hidden), Secret: true, Placeholder: "<bot token>", Doc: "the Slack app's bot token, xoxb-…"},
		{Name: "username", set: into(&s.Username, text), Default: "Resilient", Doc: "author of messages for which the call names none"},
		{Name: "scripts_dir", set: into(&s.ScriptsDir, text), Doc: "folder of the layout scripts"},
		{Name: "state_dir", set: into(&s.StateDir, text), Env: "STATE_DIRECTORY", Doc: "folder of the journal; must survive a restart"},
		{Name: "on_script_error", set: into(&s.ScriptFail, either("classic", "fail")), Default: "classic", Doc: "what a broken layout does: classic posts in the classic layout, fail fails the call"},
		{Name: "on_unreadable", set: into(&s.UnreadableFail, either("post", "fail")), Default: "post", Doc: "what happens where slack_details cannot be read to their end: post sends what was read, and the rest as it stands, in the classic layout to the call's own channel; fail fails the call"},
		{Name: "on_unknown", set: into(&s.HoldUnknown, either("resend", "hold")), Default: "resend", Doc: "what happens when nobody can say whether Slack posted a message: resend may post it twice, hold fails the call"},
		{Name: "shared_queue", set: into(&s.SharedQueue, boolean), Default: "false", Doc: "other instances work on the same queue: Slack is asked about every message that is older than the connection to the broker"},
		{Name: "delivery_timeout", set: into(&s.DeliveryTimeout, duration(time.Second, 24*time.Hour)), Default: "600", Doc: "how long a message is tried while Slack cannot be reached"},
		{Name: "slack_request_timeout", set: into(&s.RequestTimeout, duration(time.Second, 5*time.Minute)), Default: "15", Doc: "time for one request to Slack. After a crash Slack is asked what has arrived when one and a half times this is over, where the queue is shared twice this. The same in all instances of a shared queue"},
		{Name: "message_interval", set: into(&s.MessageInterval, duration(0, time.Minute)), Default: "1", Doc: "time between two messages in one channel after a short burst, as Slack wants it; 0 is none"},
		{Name: "time_zone", set: into(&s.Location, zone), Default: "UTC", Doc: "time zone of dates, such as Europe/Berlin"},
		{Name: "date_format", set: into(&s.DateFormat, text), Doc: "layout of dates, such as %d.%m.%Y %H:%M or, in Go's notation, 02.01.2006 15:04; empty is 2018-04-27T19:33:36Z"},
		{Name: "render_workers", set: into(&s.RenderWorkers, integer(0, 64)), Default: "0", Doc: "processes that run layout scripts; 0 is one for each processor, but two at most"},
		{Name: "status_address", set: into(&s.StatusAddress, listenAddress), Default: "127.0.0.1:9808", Doc: "address of the status page and of /metrics; off is none"},
		{Name: "status_hosts", set: into(&s.StatusHosts, hostNames), Doc: "names under which the status may be asked for, separated by commas; an IP address, localhost and the name in status_address may always"},
		{Name: "slack_api_url", set: into(&s.APIURL, webAddress), address: true, Doc: "address of Slack's Web API, for a proxy or a stand-in"},
		{Name: "insecure_slack_api_url", set: into(&s.InsecureAPI, boolean), Default: "false", Doc: "slack_api_url may begin with http:// although it is not on this machine: the token goes over the network for all to read"},
	}
}

func unusedKeys() []Key {
	var keys []Key
	for _, u := range []struct{ why, names string }{
		{"no definitions are cached", "cache_ttl"},
		{"the service has no work without the broker", "stomp"},
		{"an answer is kept until the broker has it", "stomp_max_retries stomp_timer_interval"},
		{"messages that cannot be read are always answered", "ignore_message_failure"},
		{"the connection is renewed by itself", "heartbeat_timeout_threshold"},
		{"answers are not copied to files", "log_http_responses"},
		{"there are no Python components", "componentsdir noload"},
		{"the service never asks for a password", "no_prompt_password"},
		{"secrets come from environment variables and from the system's keyring", "pam_type"},
		{"connections are kept as long as they are useful", "rc_use_persistent_sessions"},
		{"the original does not read it from the file either", "client_auth_cert client_auth_key"},
		{"it is for tests of the original", "resilient_mock test_actions test_host test_port"},
		{"there are no Python components", "actions_component"},
		{"one service serves one organisation", "multitenancy multi_org_function_json"},
		{"the service serves no low-code queues", "low_code_queues_list"},
	} {
		for name := range strings.FieldsSeq(u.names) {
			keys = append(keys, Key{Name: name, Unused: u.why})
		}
	}
	return keys
}
