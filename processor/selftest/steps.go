package selftest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// found is what one check of the selftest leaves for the next.
type found struct {
	maker    parts.Maker
	client   *resilient.Client
	member   error // why the organisation cannot be used, where the login itself went well
	session  *resilient.Session
	queues   *parts.Queues // of the functions that the platform has
	rooms    bool          // it has the data table of channels
	identity *slackapi.Identity
}

var (
	needsLogin    = skip("needs the REST login and the organisation")
	needsFunction = skip("needs the function's message destination")
)

func (t *selftest) settings(context.Context) (string, error) {
	s, err := t.Load()
	parts.Hide(t.Secrets, s, t.Getenv)
	if err != nil {
		return "", err
	}
	t.maker = parts.Maker{Settings: s, Getenv: t.Getenv, Version: t.Version, Host: t.Host, Log: slog.New(slog.DiscardHandler), Secrets: t.Secrets}
	return s.File, nil
}

func (t *selftest) login(ctx context.Context) (string, error) {
	client, err := t.maker.Client(ctx, 0)
	if err != nil {
		return "", err
	}
	session, err := client.Login(ctx)
	switch {
	case is[*resilient.NotMemberError](err), is[*resilient.DisabledOrgError](err), is[*resilient.ActionsDisabledError](err):
		t.member = err // who we are was accepted
	case err != nil:
		return "", err
	default:
		t.session = &session
	}
	t.client = client
	note := ""
	if t.maker.Settings.Resilient.Insecure {
		note = "; its certificate is NOT checked (cafile=false)"
	}
	return client.URL() + note, nil
}

func (t *selftest) organisation(context.Context) (string, error) {
	if t.member != nil {
		return "", t.member
	}
	if t.session == nil {
		return "", needsLogin
	}
	return fmt.Sprintf("%s, number %d", t.session.OrgName, t.session.OrgID), nil
}

// clock compares this machine's clock with the platform's.
func (t *selftest) clock(context.Context) (string, error) {
	if t.session == nil || t.session.ServerTime.IsZero() {
		return "", skip("the platform has not told its time")
	}
	skew := time.Since(t.session.ServerTime).Round(time.Second)
	// The platform's time comes to the second, and took its time.
	if skew.Abs() <= time.Minute {
		return "differs from the platform's by less than a minute", nil
	}
	return "", warning(fmt.Sprintf("differs from the platform's by %v", skew), "let NTP set the clocks")
}

func (t *selftest) function(ctx context.Context) (string, error) {
	if t.session == nil {
		return "", needsLogin
	}
	q, err := parts.FindQueues(ctx, t.client, *t.session, t.Functions)
	if err != nil {
		return "", err
	}
	t.queues = &q
	var lines []string
	for _, f := range q.Functions {
		lines = append(lines, fmt.Sprintf("%s sends to %s", f.Name, parts.QueueName(*t.session, f)))
	}
	for _, missing := range q.Missing {
		lines = append(lines, fmt.Sprintf("not used: %v", missing))
	}
	return strings.Join(lines, "\n"), nil
}

func (t *selftest) stomp(ctx context.Context) (string, error) {
	if t.session == nil {
		return "", needsLogin
	}
	if t.queues == nil {
		return "", needsFunction
	}
	address, err := t.maker.Broker(t.queues.Names...)
	if err != nil {
		return "", err
	}
	if err := broker.Check(ctx, address); err != nil {
		return "", failure(err, stompRemedy(err))
	}
	return t.maker.Settings.Resilient.STOMPAddr(), nil
}

func stompRemedy(err error) string {
	switch {
	case is[*broker.LoginError](err):
		return "check that the API key or account is enabled; it is the one that the REST API accepts"
	case is[*broker.SubscribeError](err):
		return "add the account to the users of the message destination in the platform, or run `fn-slack customize`"
	case is[*broker.TLSError](err):
		return "" // it says so itself
	case is[*broker.ProxyError](err):
		return "check proxy_host and proxy_port, and that the proxy lets us through to the broker's port"
	}
	return "check stomp_host, stomp_port and the firewall"
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func (t *selftest) slack(ctx context.Context) (string, error) {
	poster, err := t.maker.Poster(nil)
	if err != nil {
		return "", err
	}
	who, err := poster.AuthTest(ctx)
	if err != nil {
		return "", err
	}
	t.identity = &who
	return fmt.Sprintf("%s in %s (%s)", who.User, who.Team, who.URL), nil
}

// scripts loads the scripts as the service does, with all of their samples.
func (t *selftest) scripts(ctx context.Context) (string, error) {
	dir := t.maker.ScriptsDir()
	if _, err := os.ReadDir(dir); errors.Is(err, os.ErrNotExist) {
		return "", warning(fmt.Sprintf("the folder %s does not exist: messages go out in the classic layout", dir), "`fn-slack scripts init` writes one")
	} else if err != nil {
		return "", failure(err, "let the service's user read the folder, or set scripts_dir")
	}
	e, err := t.maker.Engine("", nil)
	if err != nil {
		return "", err
	}
	defer e.Close()
	e.Load(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err := e.Scripts().Problem(); err != nil {
		return "", failure(fmt.Errorf("%s: %w", dir, err), "set scripts_dir to a folder that holds the scripts and little else")
	}
	var broken []string
	status := e.Scripts().Status()
	for _, s := range status {
		if s.State != engine.StateLive && s.Err != nil {
			broken = append(broken, s.Err.Error())
		}
	}
	if broken != nil {
		return "", failure(fmt.Errorf("%d of %d scripts are not usable: %s", len(broken), len(status), strings.Join(broken, "; ")),
			"correct them; `fmt-test` shows what they do")
	}
	return fmt.Sprintf("%d scripts in %s", len(status), dir), nil
}

func (t *selftest) stateFolder(context.Context) (string, error) {
	dir, err := t.maker.StateDir()
	if err != nil {
		return "", err
	}
	if err := parts.TryStateDir(dir); err != nil {
		return "", failure(err, "let the service's user write there and make room, or set state_dir to another folder")
	}
	return dir, nil
}
