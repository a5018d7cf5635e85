package resilienttest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.starlark.net/starlark"
)

// maxRuns bounds the runs that are remembered, so that a demo can stay up.
const maxRuns = 10_000

// Run is one call of the function and what has become of it.
type Run struct {
	platform *Platform
	id       int64
	workflow string
	incident int
	order    Order
	body     []byte
	post     string              // the script that runs after the call
	objects  starlark.StringDict // what it sees beside incident and results
	queue    string
	started  time.Time
	done     chan struct{} // closed with the first final answer

	// Guarded by the platform's mutex.
	steps   []Step
	state   State
	results json.RawMessage
	answers int
	notes   []Note
}

// State is where a run stands.
type State string

// The states of a run.
const (
	Running   State = "running"
	Completed State = "completed"
	Failed    State = "failed"
)

// Step is one line of the Action Status of a run.
type Step struct {
	Time time.Time `json:"time"`
	Kind string    `json:"kind"` // status, result, error
	Text string    `json:"text"`
}

// RunStatus is a run at one moment. It is a copy.
type RunStatus struct {
	ID       int64           `json:"id"`
	Workflow string          `json:"workflow,omitempty"` // empty for Send
	Incident int             `json:"incident,omitempty"` // zero for Send
	Order    Order           `json:"-"`                  // zero for Send
	Started  time.Time       `json:"started"`
	State    State           `json:"state"`
	Steps    []Step          `json:"steps"`
	Results  json.RawMessage `json:"results,omitempty"`
	// Answers counts the final answers. More than one is an error of the
	// service; only the first counts.
	Answers int `json:"answers"`
	// Notes are those that the workflow has added.
	Notes []Note `json:"-"`
}

// Text is the text of the last step, or nothing.
func (s RunStatus) Text() string {
	if len(s.Steps) == 0 {
		return ""
	}
	return s.Steps[len(s.Steps)-1].Text
}

// send puts a call on the queue; what says which workflow's it is.
func (p *Platform) send(ctx context.Context, what Run) (*Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("stand-in platform: %w", err)
	}
	p.mu.Lock()
	p.lastRun++
	r := &Run{
		platform: p, id: p.lastRun, workflow: what.workflow, incident: what.incident, order: what.order, body: what.body, post: what.post, objects: what.objects,
		started: time.Now(), done: make(chan struct{}), state: Running,
	}
	correlation := r.CorrelationID()
	p.runs = append(p.runs, r)
	p.byID[correlation] = r
	if len(p.runs) > maxRuns {
		delete(p.byID, p.runs[0].CorrelationID())
		p.runs = slices.Delete(p.runs, 0, 1)
	}
	p.notify()
	p.mu.Unlock()

	id := p.broker.Send(cmp.Or(what.queue, Queue), map[string]string{
		"reply-to":          "/queue/" + ReplyQueue,
		"correlation-id":    correlation,
		"timestamp":         strconv.FormatInt(r.started.UnixMilli(), 10),
		"expires":           "0",
		"priority":          "4",
		"persistent":        "true",
		"Co3ContextToken":   "stand-in-token-" + strconv.FormatInt(r.id, 10),
		"Co3MessagePayload": "FunctionCallDTO",
		"Co3ContentType":    "application/json",
	}, r.body)
	if id == "" {
		return nil, fmt.Errorf("stand-in platform: the broker is closed")
	}
	return r, nil
}

// CorrelationID is the header by which answers find their run.
func (r *Run) CorrelationID() string { return "invid:" + strconv.FormatInt(r.id, 10) }

// Body is the message as it was sent.
func (r *Run) Body() []byte { return slices.Clone(r.body) }

// Status is the run as it is now.
func (r *Run) Status() RunStatus {
	r.platform.mu.Lock()
	defer r.platform.mu.Unlock()
	return r.status()
}

func (r *Run) status() RunStatus {
	return RunStatus{
		ID: r.id, Workflow: r.workflow, Incident: r.incident, Order: r.order, Started: r.started, State: r.state,
		Steps: slices.Clone(r.steps), Results: slices.Clone(r.results), Answers: r.answers, Notes: slices.Clone(r.notes),
	}
}

// Wait waits for the final answer. The error is that of ctx; a run that failed
// is not an error here.
func (r *Run) Wait(ctx context.Context) (RunStatus, error) {
	select {
	case <-r.done:
		return r.Status(), nil
	case <-ctx.Done():
		return r.Status(), fmt.Errorf("stand-in platform: run %d has no answer: %w", r.id, ctx.Err())
	}
}

// Runs lists the last 10,000 runs in the order of their start.
func (p *Platform) Runs() []RunStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]RunStatus, 0, len(p.runs))
	for _, r := range p.runs {
		list = append(list, r.status())
	}
	return list
}

// Changed returns a channel that is closed at the next change of any run. Ask
// for it before looking, and nothing is missed.
func (p *Platform) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

func (p *Platform) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Strays are answers that belong to no run or that cannot be read: errors of
// the service.
func (p *Platform) Strays() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.strays)
}

// receive takes the answers of the service.
func (p *Platform) receive(ctx context.Context) {
	for {
		m, err := p.broker.Receive(ctx, ReplyQueue)
		if err != nil {
			return // the platform closes
		}
		if _, err := p.automatic(ctx, p.answer(m.Header["correlation-id"], m.Body)); err != nil {
			p.log.Error("automatic rules after an answer", "error", err)
		}
	}
}

// answer takes one answer, and gives what its run has made of the incident.
func (p *Platform) answer(correlation string, body []byte) (e event) {
	var a struct {
		MessageType *int            `json:"message_type"`
		Message     *string         `json:"message"`
		Complete    *bool           `json:"complete"`
		Results     json.RawMessage `json:"results"`
	}
	err := json.Unmarshal(body, &a)
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.notify()
	r, ok := p.byID[correlation]
	switch {
	case err != nil:
		p.strays = append(p.strays, fmt.Sprintf("%s: %v", correlation, err))
		return e
	case a.MessageType == nil || a.Message == nil || a.Complete == nil:
		p.strays = append(p.strays, fmt.Sprintf("%s: message_type, message or complete is missing in %s", correlation, body))
		return e
	case !ok:
		p.strays = append(p.strays, fmt.Sprintf("%s: no such run", correlation))
		return e
	}
	if !*a.Complete {
		r.step("status", *a.Message)
		return e
	}
	r.answers++
	if r.answers > 1 {
		return e
	}
	r.state = Completed
	if *a.MessageType != 0 {
		r.state = Failed
		r.step("error", *a.Message)
	} else {
		r.results = a.Results
		r.step("result", *a.Message)
		if e, err = p.afterwards(r, a.Results); err != nil {
			r.state = Failed
			r.step("error", err.Error())
		}
	}
	close(r.done)
	return e
}

func (r *Run) step(kind, text string) {
	r.steps = append(r.steps, Step{Time: time.Now(), Kind: kind, Text: text})
}
