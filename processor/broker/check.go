package broker

import (
	"context"
	"crypto/tls"
	"errors"
)

// Check connects to each address, logs in, subscribes and disconnects, for a
// self-test. nil means that all addresses work; otherwise the errors of those
// that do not are joined: *ConnectError, *ProxyError, *TLSError, *LoginError,
// *SubscribeError. Messages that wait in the queue are handed out and go back;
// the broker may mark one as redelivered.
func Check(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	cfg = cfg.filled()
	cfg.Prefetch = 1
	var errs []error
	for _, addr := range cfg.Addrs {
		err := checkAddr(ctx, &cfg, addr, 0)
		if cfg.TLS != nil && needsTLS12(err) {
			err = checkAddr(ctx, &cfg, addr, tls.VersionTLS12)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func checkAddr(ctx context.Context, cfg *Config, addr string, maxTLS uint16) error {
	s, err := open(ctx, cfg, addr, maxTLS, &counters{})
	if err != nil {
		return err
	}
	defer s.wait()
	defer s.end(nil)
	if err := s.subscribe(ctx, false); err != nil {
		return err
	}
	return s.disconnect(ctx)
}
