package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// barePrefetch is that of the service with default settings, and the bare
// loop's.
const barePrefetch = 4 * broker.DefaultPrefetch

// said is what the service sends for one call.
type said struct {
	statuses [][]byte
	answer   []byte
}

// posts are the calls of a burst that post. On RabbitMQ a call is known by its
// correlation id, so no two calls of a service have the same number.
func (b *bench) posts(burst int) []stomptest.Call {
	calls := make([]stomptest.Call, b.Calls)
	for i := range calls {
		calls[i] = resilienttest.NumberedCall((burst+1)*1_000_000+i, channel(i), b.Script)
	}
	return calls
}

// updates are the calls that bring the messages of those posts up to date, which were
// answered with these results.
func (b *bench) updates(posts []stomptest.Call, answered map[string]results) []stomptest.Call {
	calls := make([]stomptest.Call, len(posts))
	for i, post := range posts {
		number := 1_000_000_000 + resilienttest.CallNumber(string(post.Body))
		calls[i] = resilienttest.NumberedUpdate(number, channel(i), b.Script, answered[post.ID].TS)
	}
	return calls
}

// load puts calls into a queue.
func (b *bench) load(ctx context.Context, queue, answers string, calls []stomptest.Call) error {
	p, err := b.broker.Dial(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Send(queue, answers, calls...)
}

// channels is over how many channels the calls are spread. The messages of
// one channel follow each other, so few channels would measure how long Slack
// takes for one message.
const channels = 64

func channel(i int) string { return fmt.Sprintf("channel-%d", i%channels) }

// bareLoop gives the calls a second that the broker alone can do.
func (b *bench) bareLoop(ctx context.Context, usual said) (rate float64, err error) {
	if err := b.load(ctx, bareQueue, bareAnswersQueue, b.posts(0)); err != nil {
		return 0, err
	}
	err = b.bare(ctx, usual, func(ctx context.Context) error {
		seen, err := b.collect(ctx, bareAnswersQueue, b.Calls, isFinal)
		rate = seen.rate()
		return err
	})
	return rate, err
}

// bareLone gives how long the broker alone takes for one call after the other.
func (b *bench) bareLone(ctx context.Context, usual said) (took []time.Duration, err error) {
	p, err := b.broker.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	send := func(i int) error {
		return p.Post(bareQueue, bareAnswersQueue, resilienttest.NumberedCall(i, channel(i), b.Script))
	}
	err = b.bare(ctx, usual, func(ctx context.Context) error {
		sent := time.Now()
		if err := send(0); err != nil {
			return err
		}
		took, err = b.oneByOne(ctx, bareAnswersQueue, warm+b.Lone, sent, send, isFinal)
		return err
	})
	return took, err
}

// bare takes calls while measured runs, and sends to each the frames that the service
// sends to one, and nothing else.
func (b *bench) bare(ctx context.Context, usual said, measured func(context.Context) error) error {
	trust, err := b.broker.TLS()
	if err != nil {
		return err
	}
	c, err := broker.New(broker.Config{
		Addrs: []string{b.broker.Addr}, TLS: trust, Login: b.broker.Login, Passcode: b.broker.Passcode,
		Destinations: []string{bareQueue}, Prefetch: barePrefetch,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for d := range c.Deliveries() {
			go usual.say(context.WithoutCancel(ctx), d) // an answer that does not come is seen below
		}
	}()
	running := make(chan struct{})
	go func() {
		defer close(running)
		_ = c.Run(ctx) // ends with ctx
	}()
	defer func() { stop(); <-running; <-ended }()
	return measured(ctx)
}

// say sends the frames of one call.
func (u said) say(ctx context.Context, d *broker.Delivery) {
	for _, status := range u.statuses {
		_ = d.Status(ctx, status) // it is lost with the connection, and so is the answer
	}
	_ = d.Answer(ctx, nil, u.answer)
	_ = d.Ack(ctx)
}

// isFinal is for an answer that is not read further.
func isFinal(_ string, body []byte) (bool, error) { return !bytes.HasSuffix(body, endOfStatus), nil }

// collected says when answers came.
type collected struct {
	first, last time.Time
	n           int
}

func (c collected) rate() float64 {
	return float64(c.n-1) / max(c.last.Sub(c.first).Seconds(), 1e-9)
}

// collect takes n final answers, each to another call.
func (b *bench) collect(ctx context.Context, answers string, n int, final func(id string, body []byte) (bool, error)) (c collected, err error) {
	p, err := b.broker.Dial(ctx)
	if err != nil {
		return c, err
	}
	defer p.Close()
	defer context.AfterFunc(ctx, p.Close)()
	if err := p.Subscribe(answers); err != nil {
		return c, err
	}
	seen := map[string]bool{}
	for c.n < n {
		answer, err := p.Next(30 * time.Second)
		if err != nil {
			return c, fmt.Errorf("%d of %d answers: %w", c.n, n, err)
		}
		id := answer.ID
		done, err := final(id, answer.Body)
		if err != nil {
			return c, err
		}
		if !done {
			continue
		}
		if seen[id] {
			return c, fmt.Errorf("call %s is answered twice", id)
		}
		seen[id] = true
		if c.last = time.Now(); c.n == 0 {
			c.first = c.last
		}
		c.n++
	}
	return c, nil
}

// oneByOne sends each call when the one before is answered, and gives how long they
// took. The first was sent already.
func (b *bench) oneByOne(ctx context.Context, answers string, n int, sent time.Time, send func(i int) error, final func(id string, body []byte) (bool, error)) (took []time.Duration, err error) {
	_, err = b.collect(ctx, answers, n, func(id string, body []byte) (bool, error) {
		done, err := final(id, body)
		if !done || err != nil {
			return done, err
		}
		if took = append(took, time.Since(sent)); len(took) < n {
			sent = time.Now()
			err = send(len(took))
		}
		return true, err
	})
	return took, err
}

// endOfStatus is what only a status ends with; a result ends with its results.
var endOfStatus = []byte(`"complete":false}`)

// results are those of a call, as far as they are looked at.
type results struct {
	TS      string `json:"ts"`
	Updated bool   `json:"updated"`
}

// isResult tells a result from a status; anything else is an error.
func isResult(id string, body []byte) (bool, error) {
	_, done, err := resultsOf(id, body)
	return done, err
}

func resultsOf(id string, body []byte) (r results, done bool, err error) {
	var a struct {
		Type    int     `json:"message_type"`
		Message string  `json:"message"`
		Done    bool    `json:"complete"`
		Results results `json:"results"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return r, false, fmt.Errorf("answer to %s: %w", id, err)
	}
	if a.Done && (a.Type != 0 || a.Results.TS == "") {
		return r, false, fmt.Errorf("answer to %s: %s", id, a.Message)
	}
	return a.Results, a.Done, nil
}
