package parts

import (
	"net/url"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
)

// Hide makes known the secrets of settings and those of the environment's
// proxies. It is for everybody who reads settings, before anything is done or
// said with them. Settings that could not be read may be nil.
func Hide(secrets *mask.Secrets, s *config.Settings, getenv func(name string) (value string, ok bool)) {
	if s != nil {
		secrets.Hide(s.Secrets()...)
	}
	proxies := Maker{Getenv: getenv}.proxies()
	for _, proxy := range []string{proxies.HTTPProxy, proxies.HTTPSProxy} {
		u, err := url.Parse(proxy)
		if err != nil || u.Host == "" {
			u, err = url.Parse("http://" + proxy) // a scheme may be left out
		}
		if err == nil && u.User != nil {
			password, _ := u.User.Password()
			secrets.Hide(password, u.User.Username()+":"+password)
		}
	}
}
