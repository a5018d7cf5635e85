package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// A Secret is a password or a token. Whatever prints it (fmt, slog,
// encoding/json) shows a mask; string(s) is the only way to the value.
type Secret string

const mask = "[secret]"

// String returns the mask, or nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// Format masks the secret for every verb, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText masks the secret in JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue masks the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Secrets are the values of all secrets among the settings: as they are, and as
// account:password, which is what goes over the line in base64. What is empty is
// left out.
func (s *Settings) Secrets() []string {
	var list []string
	add := func(account, secret string) {
		if secret != "" {
			list = append(list, secret, account+":"+secret)
		}
	}
	r := s.Resilient
	add(r.APIKeyID, string(r.APIKeySecret))
	add(r.Email, string(r.Password))
	add("", string(s.Slack.Token))
	addresses := []*url.URL{r.Proxy}
	if u, err := url.Parse(s.Slack.APIURL); err == nil {
		addresses = append(addresses, u)
	}
	for _, u := range addresses {
		if u != nil {
			password, _ := u.User.Password()
			add(u.User.Username(), password)
		}
	}
	return list
}

// withoutAccount hides the account and the password that somebody wrote into an
// address: all before the last @, because a password may hold a / or an @, but
// for the scheme.
func withoutAccount(address string) string {
	at := strings.LastIndex(address, "@")
	if at < 0 {
		return address
	}
	scheme, _, found := strings.Cut(address[:at], "//")
	if !found {
		return mask + address[at:]
	}
	return scheme + "//" + mask + address[at:]
}
