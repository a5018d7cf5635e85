package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
)

// Check connects to each address, logs in, subscribes and disconnects, for a
// self-test. nil means that all addresses work; otherwise the errors of those
// that do not are joined: *ConnectError, *ProxyError, *TLSError, *LoginError,
// *SubscribeError. A queue of another type than the subscription would make is
// well, as it is for a Consumer.
//
// It asks for no message, by a selector that none meets. RabbitMQ knows no
// selectors (nor, over STOMP, priorities of consumers): there one message that
// waits is handed out, goes back at once, and is marked as redelivered.
func Check(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	cfg = cfg.filled()
	cfg.Prefetch = 1
	cfg.SubscribeHeaders = maps.Clone(cfg.SubscribeHeaders)
	if cfg.SubscribeHeaders == nil {
		cfg.SubscribeHeaders = map[string]string{}
	}
	cfg.SubscribeHeaders["selector"] = "1=0"
	var errs []error
	for _, addr := range cfg.Addrs {
		maxTLS := uint16(0)
		err := checkAddr(ctx, &cfg, addr, maxTLS, false)
		if cfg.TLS != nil && needsTLS12(err) {
			maxTLS = tls.VersionTLS12
			err = checkAddr(ctx, &cfg, addr, maxTLS, false)
		}
		if otherType(err) {
			err = checkAddr(ctx, &cfg, addr, maxTLS, true)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func checkAddr(ctx context.Context, cfg *Config, addr string, maxTLS uint16, existing bool) error {
	s, err := open(ctx, cfg, addr, maxTLS, &firsts{}, &counters{})
	if err != nil {
		return err
	}
	defer s.wait()
	defer s.end(nil)
	if err := s.subscribe(ctx, existing); err != nil {
		return err
	}
	return s.disconnect(ctx)
}
