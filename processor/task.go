package processor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Task is one call in work, as its function sees it.
type Task struct {
	ID      string // of the call: the same when it comes again, here or to another instance
	Call    resilient.Call
	Sent    time.Time // when the platform sent the call; where it did not say, when the work on it began
	Arrived time.Time // when this process got it: what waits for others of its channel has waited since then

	p        *Processor
	function Function         // nil with refused
	refused  error            // why the call cannot be carried out at all
	delivery *broker.Delivery // the newest that handle has seen
	turn     *place           // in the lane of its channel
	statuses statuses
	doubt    doubt
	asked    bool                       // the journal knows that something may have been done
	steps    map[string]json.RawMessage // the results of those that are done, as the journal keeps them
}

// newTask reads a delivery and gives it its place in the lane of its channel, so
// it is called in the order of the deliveries.
func (p *Processor) newTask(d *broker.Delivery) *Task {
	t := &Task{ID: d.Key(), Arrived: time.Now(), p: p, delivery: d}
	t.Call, t.function, t.refused = p.read(d)
	t.turn = p.joinLane(t.function, t.Call)
	return t
}

// read finds out what a delivery asks for.
func (p *Processor) read(d *broker.Delivery) (call resilient.Call, f Function, err error) {
	if d.Oversize > 0 {
		return call, nil, &resilient.MalformedError{Reason: fmt.Sprintf("the message has %d bytes, more than this service takes", d.Oversize)}
	}
	if call, err = resilient.DecodeCall(d.Body); err != nil {
		return call, nil, err
	}
	for _, f := range p.cfg.Functions {
		if f.Name() == call.Function {
			return call, f, nil
		}
	}
	return call, nil, errFunction{call.Function, p.cfg.Functions}
}

// joinLane takes the next place in the lane of a call. One that cannot be carried
// out comes to no channel.
func (p *Processor) joinLane(f Function, call resilient.Call) *place {
	if f == nil {
		return p.lanes.join("")
	}
	return p.lanes.join(f.Channel(call))
}

// again makes a new place for a call that is delivered again while it is in work.
// Where other instances work on the same queue that work ends, without the call's
// place of before; alone it goes on, and nil says that none is needed.
func (p *Processor) again(d *broker.Delivery) func() *place {
	if !p.cfg.Shared {
		return nil
	}
	return func() *place {
		call, f, _ := p.read(d) // what cannot be read is answered when it is taken up
		return p.joinLane(f, call)
	}
}

// resume takes up the newest delivery of the call, and with it the place of one
// whose connection was lost.
func (t *Task) resume() {
	var again *place
	if t.delivery, again = t.p.held.resume(t.ID); again != nil {
		t.turn.leave()
		t.turn = again
	}
}

// begin enters the call in the journal, and takes over what that knows of it. A
// doubt is entered with it: it must outlive the process.
func (t *Task) begin() (journal.Entry, error) {
	known, found := t.p.cfg.Journal.Find(t.ID)
	t.doubt = t.p.inDoubt(t.delivery, known, !found)
	// Others may ask for a call of a shared queue while this process lives.
	entry, _, err := t.p.cfg.Journal.Begin(t.ID, t.p.cfg.Shared || t.doubt != (doubt{}))
	t.steps, t.asked = entry.Steps, entry.Asked
	if t.Sent = t.delivery.Timestamp; t.Sent.IsZero() {
		t.Sent = entry.Began
	}
	return entry, err
}

// ask has the journal know that something may be done for the call from now on.
func (t *Task) ask() error {
	if t.asked {
		return nil
	}
	if err := t.p.cfg.Journal.Asked(t.ID); err != nil {
		t.p.lanes.stop() // the call comes again, and must not be overtaken
		return err
	}
	t.asked = true
	return nil
}

// Status tells the platform how far the call is, at the latest after statusDelay.
// A status that does not get through is no failure of the call.
func (t *Task) Status(ctx context.Context, text string) {
	t.statuses.add(text, func(body []byte) error {
		err := t.p.held.newest(t.ID).Status(ctx, body)
		if err != nil {
			t.p.cfg.Log.DebugContext(ctx, "status not sent", "id", t.ID, "status", string(body), "error", err)
		}
		return err
	})
}

// AwaitTurn waits until the calls that came before this one have passed their turn
// in the channel, by its name or id. Where that is another channel than the
// call's, the call moves to the end of that one's lane when its turn comes in its
// own, so that neither channel holds up the other. An error is ctx's, or says that
// the service stops: the function has to return it.
func (t *Task) AwaitTurn(ctx context.Context, channel string) error {
	t.p.behind.Add(1)
	defer t.p.behind.Add(-1)
	if err := t.turn.wait(ctx); err != nil || t.turn.in(channel) {
		return err
	}
	before := t.turn
	t.turn = t.p.lanes.join(channel)
	before.leave()
	return t.turn.wait(ctx)
}

// PassTurn lets the next call of the channel go. It may be called again, and is
// at the latest when the function returns.
func (t *Task) PassTurn() { t.turn.leave() }

// SameChannel says that two names are one channel's, so that its calls wait for
// each other under both. An empty one says nothing.
func (t *Task) SameChannel(name, id string) { t.p.lanes.unite(name, id) }
