package config

import (
	"errors"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/trust"
)

// placeholder matches what templates hold in the place of a value. A password
// may be nearly anything, so that only what nobody would choose counts there.
var (
	placeholder         = regexp.MustCompile(`(?i)^(<.*>|x{3,}|\.{3,}|…|your[-_ ].*|change[-_ ]?me|placeholder|xox[a-z]-(your|x{3,}|\.{3}|…|<).*)$`)
	passwordPlaceholder = regexp.MustCompile(`^(<[A-Za-z_ -]+>|\.{3,}|…)$`)
)

// complete fills in what follows from other settings.
func (l *loading) complete() {
	r, s := &l.settings.Resilient, &l.settings.Slack
	if r.STOMPHost == "" {
		r.STOMPHost = r.Host
	}
	if r.STOMPCAFile == "" && !r.STOMPInsecure {
		r.STOMPCAFile, r.STOMPInsecure = r.CAFile, r.Insecure
	}
	if r.Prefetch == 0 {
		// Calls that wait for their channel's pace are held without a worker. A
		// flood in one channel must fill more than the workers before the calls
		// of other channels stay with the broker.
		r.Prefetch = min(4*r.Workers, 2000)
	}
	if s.Location == nil {
		s.Location = time.UTC
	}
	for _, file := range []*string{&r.CAFile, &r.STOMPCAFile, &s.ScriptsDir, &s.StateDir, &r.LogDir} {
		if *file != "" {
			*file = l.path(*file)
		}
	}
}

// validate reports what single values do not show.
func (l *loading) validate() {
	r, s := l.settings.Resilient, l.settings.Slack
	l.required("resilient.host", r.Host, "write the platform's host name")
	l.required("resilient.org", r.Org, "write the organisation's name")
	l.required("fn_slack.api_token", s.Token.Reveal(), "write the bot token of the Slack app, xoxb-…, or $NAME for an environment variable that holds it")
	l.credentials(r)

	if !placeholder.MatchString(r.Host) && strings.ContainsAny(r.Host, "/ @") {
		l.bad("resilient.host", shorten(withoutAccount(r.Host))+" is not a host name", "write the name alone, without https:// and path; the port has a key of its own")
	}
	if r.STOMPHost != r.Host && strings.ContainsAny(r.STOMPHost, "/ @") {
		l.bad("resilient.stomp_host", shorten(withoutAccount(r.STOMPHost))+" is not a host name", "write the name alone")
	}
	if t := s.Token.Reveal(); t != "" && !placeholder.MatchString(t) && strings.ContainsAny(t, " \t\r\n\"'") {
		l.bad("fn_slack.api_token", "the token contains quotes or white space", "write it without")
	}
	if plainElsewhere(s.APIURL) && !s.InsecureAPI {
		l.bad("fn_slack.slack_api_url", "the token would go over the network without TLS", "write https://, or set insecure_slack_api_url=true where the way there is safe by other means")
	}
	l.trusted("resilient.cafile", r.CAFile)
	if r.STOMPCAFile != r.CAFile {
		l.trusted("resilient.stomp_cafile", r.STOMPCAFile)
	}
	if _, set := l.origin["resilient.proxy_port"]; set && r.Proxy == nil && l.viper.GetInt("resilient.proxy_port") != 0 {
		l.settings.Notes = append(l.settings.Notes, l.at("resilient.proxy_port").String()+": resilient.proxy_port has no effect without proxy_host")
	}
}

// plainElsewhere reports whether an address is without TLS and not on this
// machine.
func plainElsewhere(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return !strings.EqualFold(u.Hostname(), "localhost") && (ip == nil || !ip.IsLoopback())
}

// credentials wants a key or an account, and says which half of one is missing.
func (l *loading) credentials(r Resilient) {
	switch {
	case r.APIKeyID != "" && !r.APIKeySecret.IsZero():
		l.required("resilient.api_key_id", r.APIKeyID, "write the id of the API key")
		l.required("resilient.api_key_secret", r.APIKeySecret.Reveal(), "write the secret of the API key")
	case r.Email != "" && !r.Password.IsZero():
		l.required("resilient.email", r.Email, "write the account's email")
		l.required("resilient.password", r.Password.Reveal(), "write the account's password")
	case l.reported("resilient.api_key_id", "resilient.api_key_secret", "resilient.email", "resilient.password"):
		// Why it is empty has been said already.
	case r.APIKeyID != "":
		l.bad("resilient.api_key_secret", "is missing", "write the secret of the API key")
	case !r.APIKeySecret.IsZero():
		l.bad("resilient.api_key_id", "is missing", "write the id of the API key")
	case r.Email != "":
		l.bad("resilient.password", "is missing, and nobody can be asked for it", "write the account's password, or $NAME for an environment variable that holds it")
	default:
		l.bad("resilient.api_key_id", "there are no credentials", "write api_key_id and api_key_secret, or email and password")
	}
}

// required wants a value that is not a template's.
func (l *loading) required(key, value, remedy string) {
	pattern := placeholder
	if key == "resilient.password" || key == "resilient.api_key_secret" {
		pattern = passwordPlaceholder
	}
	switch {
	case value == "" && !l.reported(key):
		l.bad(key, "is missing", remedy)
	case value != "" && pattern.MatchString(value):
		l.bad(key, "still holds the placeholder of the template", remedy)
	}
}

// trusted wants a file with certificates. A file without any would refuse the
// platform's certificate later, and nobody would know why.
func (l *loading) trusted(key, name string) {
	if name == "" {
		return
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		l.bad(key, err.Error(), "write the path of a PEM file that the service may read")
		return
	}
	if _, err := trust.Pool(raw); err != nil {
		file, _ := errors.AsType[*trust.FileError](err)
		l.bad(key, name+" "+file.What, file.Remedy)
	}
}

func (l *loading) bad(key, what, remedy string) { l.problem(l.at(key), key, what, remedy) }

// at is the place to name for a key; for one that nobody sets, the file.
func (l *loading) at(key string) origin {
	if from, ok := l.origin[key]; ok {
		return from
	}
	return origin{place: l.file}
}

func (l *loading) reported(keys ...string) bool {
	for _, p := range l.problems {
		for _, key := range keys {
			if p.Key == key {
				return true
			}
		}
	}
	return false
}
