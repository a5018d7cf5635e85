package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// findQueue asks the platform for the queue to which it sends the function's
// calls. It goes on asking while the platform is away.
func findQueue(ctx context.Context, s *config.Settings, env environment, log *slog.Logger, board *board) (string, error) {
	client, err := newClient(ctx, s, env, log, 0)
	if err != nil {
		return "", err
	}
	defer client.Close()
	r := patience{s.Resilient, log, board}
	var session resilient.Session
	err = r.try(ctx, s.Resilient.MaxConnectionRetries, func() (err error) {
		session, err = client.Login(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	var function resilient.Function
	err = r.try(ctx, s.Resilient.RequestMaxRetries, func() (err error) {
		function, err = client.Function(ctx, render.Function)
		return err
	})
	if err != nil {
		return "", err
	}
	queue := queueName(session, function)
	log.InfoContext(ctx, "platform", "url", client.URL(), "org", session.OrgName, "org_id", session.OrgID, "queue", queue)
	board.found(client.URL(), session.OrgName, queue)
	return queue, nil
}

// queueName is the name under which the platform's broker has the queue of a
// function.
func queueName(session resilient.Session, function resilient.Function) string {
	return fmt.Sprintf("actions.%d.%s", session.OrgID, function.Destination)
}

// patience is how a request to the platform is tried again.
type patience struct {
	config.Resilient
	log   *slog.Logger
	board *board
}

// try asks until it works, up to so many times (0 is without end), as long as
// time may heal the error. The pauses are those of the settings, but never more
// than a minute: the original's grow for ever.
func (p patience) try(ctx context.Context, times int, ask func() error) error {
	wait := p.RequestRetryDelay
	for i := 1; ; i++ {
		err := ask()
		if err == nil || ctx.Err() != nil || !resilient.Temporary(err) || i == times {
			return err
		}
		wait = min(max(wait, time.Millisecond), time.Minute)
		p.board.trying(err)
		p.log.WarnContext(ctx, "the platform cannot be used; trying again", "error", err, "wait", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = time.Duration(float64(wait) * p.RequestRetryBackoff)
	}
}

// newClient is a client of the platform's REST API. A timeout of zero is that of
// requests that the platform answers at once.
func newClient(ctx context.Context, s *config.Settings, env environment, log *slog.Logger, timeout time.Duration) (*resilient.Client, error) {
	r := s.Resilient
	trust, err := trusted(r.CAFile, r.Insecure)
	if err != nil {
		return nil, err
	}
	if r.Insecure {
		log.WarnContext(ctx, "cafile=false: the platform's certificate is NOT checked; anybody on the way can read and change what is sent")
	}
	return resilient.New(resilient.Config{
		Host: r.Host, Port: r.Port, BasePath: r.ResourcePrefix, Org: r.Org,
		APIKeyID: r.APIKeyID, APIKeySecret: resilient.Secret(r.APIKeySecret),
		Email: r.Email, Password: resilient.Secret(r.Password),
		TLS:       trust,
		Proxy:     proxyFor(env, r.Proxy, r.BaseURL()),
		Timeout:   timeout,
		UserAgent: "fn-slack/" + version(),
		Log:       log,
	})
}

// brokerConfig says how to reach the broker.
func brokerConfig(s *config.Settings, queue string, env environment, log *slog.Logger) (broker.Config, error) {
	r := s.Resilient
	trust, err := trusted(r.STOMPCAFile, r.STOMPInsecure)
	if err != nil {
		return broker.Config{}, err
	}
	if r.STOMPInsecure {
		log.Warn("stomp_cafile=false: the broker's certificate is NOT checked; anybody on the way can read and change what is sent")
	}
	login, passcode := r.APIKeyID, r.APIKeySecret
	if login == "" || passcode == "" {
		login, passcode = r.Email, r.Password
	}
	return broker.Config{
		Addrs:       []string{r.STOMPAddr()},
		TLS:         trust,
		Login:       login,
		Passcode:    string(passcode),
		Destination: queue,
		Prefetch:    r.Prefetch,
		Proxy:       proxyFor(env, r.Proxy, "https://"+r.STOMPAddr()),
		DialTimeout: r.STOMPTimeout,
		Log:         log,
	}, nil
}
