package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// Settings are the effective settings. Every default is filled in: a member
// that is empty or zero all the same has the meaning that stands beside it.
type Settings struct {
	// File is the path of the file that was read.
	File      string
	Resilient Resilient
	Slack     Slack
	// Notes are remarks for the log: keys and sections that nobody reads.
	Notes []string
	// Warnings are remarks on what works and is likely not meant, such as secrets
	// in a file that everybody may read.
	Warnings []string

	effective []Effective
}

// Resilient is the section [resilient].
type Resilient struct {
	Host           string
	Port           int
	ResourcePrefix string // path before /rest; empty is none
	Org            string // by name, uuid or cloud account

	// Either both of the key's parts are set, or Email and Password.
	APIKeyID     string
	APIKeySecret secret.Text
	Email        string
	Password     secret.Text

	// CAFile holds the authorities that the platform's certificates are checked
	// with, in the place of the system's, as in the original; empty means the
	// system's.
	CAFile string
	// Insecure is cafile=false: certificates are not checked at all.
	Insecure bool

	// Proxy of REST and STOMP; nil is none. The caller lets HTTPS_PROXY in the
	// environment win. Its text contains the proxy's password.
	Proxy *url.URL

	STOMPHost string
	STOMPPort int
	// STOMPCAFile is CAFile where the file does not set it.
	STOMPCAFile string
	// STOMPInsecure is stomp_cafile=false, or Insecure where the file does not
	// set it.
	STOMPInsecure bool
	STOMPTimeout  time.Duration // of connecting
	Prefetch      int           // calls that the broker hands out in advance
	Workers       int           // calls whose fields are prepared at once

	MaxConnectionRetries int           // login attempts; 0 means without end
	RequestMaxRetries    int           // tries of every other REST call; 0 means without end
	RequestRetryDelay    time.Duration // before the second try of either
	RequestRetryBackoff  float64       // factor for each further delay
	SelftestTimeout      time.Duration

	// TrapException makes a failure a result with success false in the place of
	// an error that stops the workflow.
	TrapException bool

	LogDir         string
	LogFile        string
	LogLevel       string // DEBUG, INFO, WARNING, ERROR or CRITICAL
	LogMaxBytes    int    // of one file; 0 is no rotation
	LogBackupCount int    // of older files that are kept
}

// BaseURL is the address of the platform's pages: https, and the port where it
// is not 443. No slash at the end.
func (r Resilient) BaseURL() string {
	host := strings.Trim(r.Host, "[]")
	if r.Port != 443 {
		return "https://" + net.JoinHostPort(host, strconv.Itoa(r.Port))
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return "https://" + host
}

// STOMPAddr is host:port of the broker.
func (r Resilient) STOMPAddr() string {
	return net.JoinHostPort(strings.Trim(r.STOMPHost, "[]"), strconv.Itoa(r.STOMPPort))
}

// Slack is the section [fn_slack].
type Slack struct {
	Token    secret.Text
	Username string
	APIURL   string // of Slack's Web API; empty is Slack's own
	// InsecureAPI allows an APIURL without TLS on another machine.
	InsecureAPI bool

	ScriptsDir string // empty: the caller's choice
	StateDir   string // empty: the caller's choice

	// ScriptFail is on_script_error=fail: a broken layout fails the call. When
	// false the message goes out in the classic layout.
	ScriptFail bool
	// UnreadableFail is on_unreadable=fail: slack_details that cannot be read to
	// their end fail the call. When false the message goes out with what was read,
	// and the rest as it stands.
	UnreadableFail bool
	// HoldUnknown is on_unknown=hold: a message of which nobody can say whether
	// Slack has posted it is not posted again and fails the call. When false it
	// is posted again, at the risk of a duplicate.
	HoldUnknown bool
	// SharedQueue says that other instances work on the same queue.
	SharedQueue bool
	// DeliveryTimeout bounds how long a message is tried while Slack cannot be
	// reached.
	DeliveryTimeout time.Duration
	// RequestTimeout bounds one request to Slack, and so how long after the
	// death of an instance its messages may still arrive.
	RequestTimeout time.Duration
	// MessageInterval is the time between two messages in one channel; 0 is no
	// pacing.
	MessageInterval time.Duration

	// Location and DateFormat say how dates are shown: in Go's notation, or in
	// that of strftime. An empty DateFormat is 2018-04-27T19:33:36Z.
	Location   *time.Location
	DateFormat string

	// ArchiveFormats are text, json or both, in the order in which they are attached.
	ArchiveFormats []string

	// MalwareSamples is allow_malware_samples: slack_post_attachment brings files of
	// artifacts of type Malware Sample to Slack. When false their hashes go there.
	MalwareSamples bool

	// RenderWorkers is the number of processes that run scripts; 0 is one for
	// each processor, but two at most.
	RenderWorkers int

	// StatusAddress is where the status is served; empty is nowhere.
	StatusAddress string
	// StatusHosts are further names under which the status may be asked for.
	StatusHosts []string
}

// Effective is one setting with its value as `config check` shows it.
type Effective struct {
	Section, Key string
	Value        string // masked if secret
	Origin       string // where it comes from: "file:line", "default", ...
}

// Effective lists all settings that have an effect, in the order of [Keys].
func (s *Settings) Effective() []Effective { return s.effective }
