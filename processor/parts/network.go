package parts

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"

	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// CAFileError says that the certificates that the settings name cannot be used.
type CAFileError struct{ Err error }

func (e *CAFileError) Error() string {
	return fmt.Sprintf("cafile: %v; name a readable file with the certificates (PEM) of the platform's authority", e.Err)
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
		return nil, &CAFileError{err}
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, &CAFileError{fmt.Errorf("%s holds no certificate", file)}
	}
	return cfg, nil
}

// proxyTo is the proxy on the way to an address of the platform's: that of the
// environment where it has one, as with the original, else the configured one.
func (m Maker) proxyTo(address string) *url.URL {
	configured := m.Settings.Resilient.Proxy
	if from := m.proxies(); from.HTTPProxy != "" || from.HTTPSProxy != "" {
		target, err := url.Parse(address)
		if err != nil {
			return configured
		}
		if proxy, err := from.ProxyFunc()(target); err == nil {
			return proxy
		}
	}
	return configured
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
	get := func(names ...string) string {
		for _, name := range names {
			if v, _ := m.Getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
	return &httpproxy.Config{
		HTTPProxy:  get("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: get("HTTPS_PROXY", "https_proxy"),
		NoProxy:    get("NO_PROXY", "no_proxy"),
	}
}
