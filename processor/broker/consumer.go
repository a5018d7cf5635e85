package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Consumer takes messages from its destinations.
type Consumer struct {
	links      []*link
	deliveries chan *Delivery // unbuffered: what lies in it would be held by nobody
	started    atomic.Bool
}

// New checks the configuration; Run connects.
func New(cfg Config) (*Consumer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("broker configuration: %w", err)
	}
	cfg = cfg.filled()
	c := &Consumer{deliveries: make(chan *Delivery)}
	var open atomic.Int64
	open.Store(int64(len(cfg.Destinations)))
	for _, destination := range cfg.Destinations {
		c.links = append(c.links, &link{
			cfg: &cfg, destination: destination, deliveries: c.deliveries, state: State{Since: time.Now()},
			gone: func() {
				if open.Add(-1) == 0 {
					close(c.deliveries)
				}
			},
		})
	}
	return c, nil
}

// Deliveries gives the messages. It is closed as soon as Run's context ends; who
// waits for one at that moment may still get it. What has been received can be
// settled while Run drains.
func (c *Consumer) Deliveries() <-chan *Delivery { return c.deliveries }

// Run connects and stays connected until ctx ends. Then it takes no further
// message, waits up to Config.DrainTimeout for the deliveries that are held,
// disconnects, and returns nil when all its goroutines have ended. What nobody
// settled is handed out again by the broker.
//
// Nothing but the end of ctx ends it: passwords, permissions and certificates
// get mended while a service runs. Run can be called once.
func (c *Consumer) Run(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return errors.New("broker: Run was called before")
	}
	var running sync.WaitGroup
	for _, l := range c.links {
		running.Go(func() { l.run(ctx) })
	}
	running.Wait()
	return nil
}
