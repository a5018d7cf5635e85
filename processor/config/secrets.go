package config

import (
	"net/url"
	"strings"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// Secrets are the values of all secrets among the settings: as they are, and as
// account:password, which is what goes over the line in base64. What is empty is
// left out.
func (s *Settings) Secrets() []string {
	var list []string
	add := func(account, password string) {
		if password != "" {
			list = append(list, password, account+":"+password)
		}
	}
	r := s.Resilient
	add(r.APIKeyID, r.APIKeySecret.Reveal())
	add(r.Email, r.Password.Reveal())
	add("", s.Slack.Token.Reveal())
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
		return secret.Mask + address[at:]
	}
	return scheme + "//" + secret.Mask + address[at:]
}
