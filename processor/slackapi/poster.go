package slackapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// Config says which workspace is posted to, and how patiently. The zero value
// of every member but Token works.
type Config struct {
	Token secret.Text // a bot token, xoxb-…; required

	APIURL    string            // "" is https://slack.com/api/
	Transport http.RoundTripper // nil is Transport

	// RequestTimeout bounds one HTTP exchange, body included. 0 is 30 s.
	RequestTimeout time.Duration
	// DeliveryTimeout bounds the tries for one message, the wait in its
	// channel's queue included. A request that is under way when it ends is not
	// cut short. 0 is ten minutes.
	DeliveryTimeout time.Duration

	// Interval is the time between two messages of one channel, after Burst
	// messages without a pause. 0 is 1 s, below 0 is no pacing. Source: "1
	// message per second per channel, short bursts allowed",
	// https://docs.slack.dev/apis/web-api/rate-limits
	Interval time.Duration
	Burst    int // 0 is 4

	// MinBackoff and MaxBackoff bound the pause between two tries where Slack
	// names none. 0 is 1 s and 30 s.
	MinBackoff, MaxBackoff time.Duration
	// LookupDelay is the time that Slack gets to finish what it may still be
	// doing before a message is looked up after an ambiguous answer. Before
	// another try there is another look, at least twice this time later.
	// 0 is 1 s.
	LookupDelay time.Duration

	Log *slog.Logger // nil is silent
}

// Poster posts to one workspace. Its methods may be called from many
// goroutines; it starts none itself.
type Poster struct {
	cfg      Config
	api      *slack.Client // without its HTTP client
	lanes    lanes
	gates    gates
	sleepers sleepers

	workspace atomic.Pointer[string] // its address, once Introduce has learnt it
	date      atomic.Pointer[string] // of Slack's last answer, as it was written
	ahead     atomic.Int64           // nanoseconds that our clock was ahead of it, at most maxAhead

	mu  sync.Mutex
	ids map[string]string // channel ids by the names they were posted to
	met map[string]string // channel ids by the names that Slack gave them; they may have changed
}

// New makes a Poster. It does not talk to Slack.
func New(cfg Config) (*Poster, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	if cfg.Transport == nil {
		cfg.Transport = Transport()
	}
	p := &Poster{
		cfg:      cfg,
		api:      slack.New(cfg.Token.Reveal(), slack.OptionAPIURL(cfg.APIURL)),
		lanes:    lanes{pace: rate.Every(cfg.Interval), burst: cfg.Burst, byKey: map[string]*lane{}},
		gates:    gates{until: map[string]time.Time{}},
		sleepers: sleepers{until: map[*time.Timer]time.Time{}},
		ids:      map[string]string{},
		met:      map[string]string{},
	}
	p.date.Store(new(string))
	return p, nil
}

func (c *Config) complete() error {
	var problems []error
	if c.Token.IsZero() {
		problems = append(problems, errors.New("slack: api_token is missing"))
	}
	if c.APIURL == "" {
		c.APIURL = slack.APIURL
	}
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/" // slack-go appends the method's name to it
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		problems = append(problems, fmt.Errorf("slack: API address %q is not an http(s) URL", c.APIURL))
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		standard time.Duration
	}{
		{"RequestTimeout", &c.RequestTimeout, 30 * time.Second},
		{"DeliveryTimeout", &c.DeliveryTimeout, 10 * time.Minute},
		{"MinBackoff", &c.MinBackoff, time.Second},
		{"MaxBackoff", &c.MaxBackoff, 30 * time.Second},
		{"LookupDelay", &c.LookupDelay, time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			problems = append(problems, fmt.Errorf("slack: %s is negative", d.name))
		}
	}
	if c.Interval == 0 {
		c.Interval = time.Second
	}
	if c.Burst == 0 {
		c.Burst = 4
	}
	if c.Burst < 0 {
		problems = append(problems, errors.New("slack: Burst is negative"))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return errors.Join(problems...)
}

// call makes one request through slack-go and keeps the whole exchange. A
// client per call, a copy of one, is cheap, and it is what ties the answer's bytes to
// the call: slack-go gives back decoded values only.
func (p *Poster) call(ctx context.Context, do func(context.Context, *slack.Client) error) exchange {
	return p.exchange(ctx, &recorder{most: maxBody}, do)
}

func (p *Poster) exchange(ctx context.Context, rec *recorder, do func(context.Context, *slack.Client) error) exchange {
	rec.transport, rec.token, rec.timeout = p.cfg.Transport, p.cfg.Token, p.cfg.RequestTimeout
	api := *p.api
	slack.OptionHTTPClient(rec)(&api)
	x := rec.finish(do(ctx, &api))
	if date := x.header.Get("Date"); x.status == http.StatusOK && date != *p.date.Load() { // others may be of a proxy
		p.date.Store(&date)
		if at, err := http.ParseTime(date); err == nil {
			p.ahead.Store(int64(max(0, min(time.Since(at), maxAhead))))
		}
	}
	return x
}

// learn keeps the id that Slack gave for a channel that was addressed by name
// or by user: looking a message up needs the id, and name and id share a lane.
func (p *Poster) learn(channel, id string) {
	channel = laneKey(channel)
	if id == "" || laneKey(id) == channel {
		return
	}
	p.lanes.unite(channel, id)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids) >= 10_000 {
		clear(p.ids) // a cache: what is missing is looked up again
	}
	p.ids[channel] = id
}

// Same reports whether a channel, by its name or id, is known to be the one of an id.
func (p *Poster) Same(channel, id string) bool {
	known, ok := p.known(channel)
	return channel == id || ok && known == id
}

func (p *Poster) known(channel string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, ok := p.ids[laneKey(channel)]
	return id, ok
}
