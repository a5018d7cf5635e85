package parts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Client is a client of the platform's REST API. A timeout of zero is that of
// requests that the platform answers at once. An error may be a [*CAFileError].
func (m Maker) Client(ctx context.Context, timeout time.Duration) (*resilient.Client, error) {
	Hide(m.Secrets, m.Settings, m.Getenv)
	r := m.Settings.Resilient
	secure, err := trusted(r.CAFile, r.Insecure)
	if err != nil {
		return nil, err
	}
	if r.Insecure {
		m.Log.WarnContext(ctx, "cafile=false: the platform's certificate is NOT checked; anybody on the way can read and change what is sent")
	}
	return resilient.New(resilient.Config{
		Host: r.Host, Port: r.Port, BasePath: r.ResourcePrefix, Org: r.Org,
		APIKeyID: r.APIKeyID, APIKeySecret: r.APIKeySecret,
		Email: r.Email, Password: r.Password,
		TLS:       secure,
		Proxy:     m.proxyTo(r.BaseURL()),
		Timeout:   timeout,
		UserAgent: "fn-slack/" + m.Version,
		Log:       m.Log,
		Hide:      m.Secrets.Hide,
	})
}

// Broker says how to reach the broker's queues of those names. An error may be a
// [*CAFileError].
func (m Maker) Broker(queues ...string) (broker.Config, error) {
	r := m.Settings.Resilient
	secure, err := trusted(r.STOMPCAFile, r.STOMPInsecure)
	if err != nil {
		return broker.Config{}, err
	}
	if r.STOMPInsecure {
		m.Log.Warn("stomp_cafile=false: the broker's certificate is NOT checked; anybody on the way can read and change what is sent")
	}
	login, passcode := r.APIKeyID, r.APIKeySecret
	if login == "" || passcode.IsZero() {
		login, passcode = r.Email, r.Password
	}
	return broker.Config{
		Addrs:        []string{r.STOMPAddr()},
		TLS:          secure,
		Login:        login,
		Passcode:     passcode.Reveal(),
		Destinations: queues,
		Prefetch:     r.Prefetch,
		Proxy:        m.proxyTo("https://" + r.STOMPAddr()),
		DialTimeout:  r.STOMPTimeout,
		Log:          m.Log,
	}, nil
}

// Queues are where the platform sends the calls of functions.
type Queues struct {
	Functions []resilient.Function // those that the platform has
	Names     []string             // of their queues, each once
	Missing   []error              // why others have none
}

// FindQueues looks up functions by their API names. Where the platform has none of
// them, the error is that of the first: a *resilient.NotFoundError.
func FindQueues(ctx context.Context, client *resilient.Client, session resilient.Session, functions []string) (q Queues, err error) {
	for _, name := range functions {
		f, err := client.Function(ctx, name)
		switch {
		case errors.As(err, new(*resilient.NotFoundError)):
			q.Missing = append(q.Missing, err)
			continue
		case err != nil:
			return q, err
		}
		q.Functions = append(q.Functions, f)
		if queue := QueueName(session, f); !slices.Contains(q.Names, queue) {
			q.Names = append(q.Names, queue)
		}
	}
	if len(q.Names) == 0 && len(q.Missing) > 0 {
		return q, q.Missing[0]
	}
	return q, nil
}

// QueueName is the name under which the platform's broker has the queue of a
// function.
func QueueName(session resilient.Session, function resilient.Function) string {
	return fmt.Sprintf("actions.%d.%s", session.OrgID, function.Destination)
}
