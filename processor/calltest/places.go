package calltest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// Places are where a function finds the stand-ins, and a folder of its own. As JSON
// they go to the process of a [Drill].
type Places struct {
	Slack, Host, CA, Key, Secret, Dir string
	Port, STOMP                       int
}

// StandIns starts a workspace and a platform, which end with the test.
func StandIns(t *testing.T, cfg slacktest.Config) (*slacktest.Workspace, *resilienttest.Platform, Places) {
	t.Helper()
	slack, err := slacktest.Start(cfg)
	Must(t, err)
	platform, err := resilienttest.Start(resilienttest.Config{})
	Must(t, err)
	t.Cleanup(func() { slack.Close(); platform.Close() })
	key, keySecret := platform.APIKey()
	return slack, platform, Places{
		Slack: slack.APIURL(), Host: platform.Host(), Port: platform.Port(), CA: platform.CAFile(), STOMP: platform.STOMPPort(),
		Key: key, Secret: keySecret, Dir: t.TempDir(),
	}
}

// Clients are those of a function, without long pauses. The platform's has logged in.
func (at Places) Clients() (*slackapi.Poster, *resilient.Client, error) {
	poster, err := slackapi.New(slackapi.Config{
		Token: secret.New(slacktest.DefaultToken), APIURL: at.Slack, Interval: -1, LookupDelay: time.Millisecond,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, RequestTimeout: time.Second, DeliveryTimeout: 20 * time.Second,
	})
	if err != nil {
		return nil, nil, err
	}
	authority, err := os.ReadFile(at.CA)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client, err := resilient.New(resilient.Config{
		Host: at.Host, Port: at.Port, Org: resilienttest.OrgName, APIKeyID: at.Key, APIKeySecret: secret.New(at.Secret), TLS: &tls.Config{RootCAs: pool},
	})
	if err != nil {
		return nil, nil, err
	}
	_, err = client.Login(context.Background())
	return poster, client, err
}

// Journal is the file of the service of a drill.
func (at Places) Journal() string { return filepath.Join(at.Dir, "journal.log") }
