package parts

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/trust"
)

// CAFileError says that the certificates that the settings name cannot be used.
type CAFileError struct{ Err error }

func (e *CAFileError) Error() string {
	return fmt.Sprintf("cafile: %v", e.Err)
}
func (e *CAFileError) Unwrap() error { return e.Err }

// trusted makes the TLS settings: the authorities of the file in the place of
// the system's, as with the original.
func trusted(file string, insecure bool) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if file == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, &CAFileError{fmt.Errorf("%w; name a readable file with the certificates (PEM) of the platform's authority", err)}
	}
	if cfg.RootCAs, err = trust.Pool(pem); err != nil {
		return nil, &CAFileError{fmt.Errorf("%s %w", file, err)}
	}
	return cfg, nil
}

// proxyTo is the proxy on the way to an address of the platform's: that of the
// environment where it has one, as with the original, else the configured one.
func (m Maker) proxyTo(address string) *url.URL {
	if from := m.proxies(); from.HTTPProxy != "" || from.HTTPSProxy != "" {
		if target, err := url.Parse(address); err == nil {
			if proxy, err := from.ProxyFunc()(target); err == nil {
				return proxy
			}
		}
	}
	return m.Settings.Resilient.Proxy
}

// slackTransport is that of requests to Slack, which go by the environment's
// proxy.
func (m Maker) slackTransport() http.RoundTripper {
	proxy := m.proxies().ProxyFunc()
	t := slackapi.Transport()
	t.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	return t
}

// proxies are those of the environment. httpproxy.FromEnvironment would ask the
// process's.
func (m Maker) proxies() *httpproxy.Config {
	get := func(name string) string {
		upper, _ := m.Getenv(strings.ToUpper(name))
		lower, _ := m.Getenv(name)
		return cmp.Or(upper, lower)
	}
	return &httpproxy.Config{HTTPProxy: get("http_proxy"), HTTPSProxy: get("https_proxy"), NoProxy: get("no_proxy")}
}

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
