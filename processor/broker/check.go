package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
)

// Check connects to each address, logs in, subscribes to each destination and
// disconnects, for a self-test. nil means that all of them work; otherwise the errors of those
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
		for _, destination := range cfg.Destinations {
			err := checkDestination(ctx, &cfg, addr, destination)
			errs = append(errs, err)
			if err != nil && !errors.As(err, new(*SubscribeError)) {
				break // the other destinations would say the same
			}
		}
	}
	return errors.Join(errs...)
}

func checkDestination(ctx context.Context, cfg *Config, addr, destination string) error {
	maxTLS := uint16(0)
	err := checkAddr(ctx, cfg, addr, destination, maxTLS, false)
	if cfg.TLS != nil && needsTLS12(err) {
		maxTLS = tls.VersionTLS12
		err = checkAddr(ctx, cfg, addr, destination, maxTLS, false)
	}
	if otherType(err) {
		err = checkAddr(ctx, cfg, addr, destination, maxTLS, true)
	}
	return err
}

func checkAddr(ctx context.Context, cfg *Config, addr, destination string, maxTLS uint16, existing bool) error {
	s, err := open(ctx, cfg, addr, maxTLS, &firsts{}, &counters{})
	if err != nil {
		return err
	}
	defer s.wait()
	defer s.end(nil)
	if err := s.subscribe(ctx, destination, existing); err != nil {
		return err
	}
	return s.disconnect(ctx)
}
