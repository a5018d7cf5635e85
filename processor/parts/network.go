package main

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

// caFileError says that the certificates named in the settings cannot be used.
type caFileError struct{ err error }

func (e caFileError) Error() string {
	return fmt.Sprintf("cafile: %v; name a readable file with the certificates (PEM) of the platform's authority", e.err)
}
func (e caFileError) Unwrap() error { return e.err }

// trusted makes the TLS settings: the authorities of the file in the place of
// the system's, as with the original.
func trusted(file string, insecure bool) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if file == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, caFileError{err}
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, caFileError{fmt.Errorf("%s holds no certificate", file)}
	}
	return cfg, nil
}

// proxyFor is the proxy on the way to an address: that of the environment where
// it has one, as with the original, else the configured one.
func proxyFor(env environment, configured *url.URL, address string) *url.URL {
	if from := fromEnvironment(env); from.HTTPProxy != "" || from.HTTPSProxy != "" {
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

// transport is that of requests to Slack, which go by the environment's proxy.
func transport(env environment) http.RoundTripper {
	proxy := fromEnvironment(env).ProxyFunc()
	t := slackapi.Transport()
	t.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	return t
}

func fromEnvironment(env environment) *httpproxy.Config {
	get := func(names ...string) string {
		for _, name := range names {
			if v, _ := env.getenv(name); v != "" {
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
