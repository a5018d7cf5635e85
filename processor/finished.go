package processor

import (
	"errors"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Finished is what became of one call, for metrics and status pages.
type Finished struct {
	ID, Function, Workflow string
	Script, Channel        string // "" where the call did not come so far
	Kind                   kind.Kind
	Attempts               int // requests to Slack that were to post the first message, as far as they are known
	At                     time.Time
	Took                   time.Duration // from its beginning to its settlement
	Rendering, Posting     time.Duration // 0 where the call did not come so far
	// Classic tells that a layout failed and the classic one was used.
	Classic bool
	// Settled is false where the connection was lost before the broker had the
	// answer: it will deliver the call again.
	Settled bool
	// Err is why Kind is not OK. Its text may hold words of the incident or of
	// what Slack and scripts said; Reason is without.
	Err error
}

// Reason is why the call failed, without anything that stems from an incident;
// "" where it did not.
func (f Finished) Reason() string {
	_, reason := kind.Of(f.Err)
	return reason
}

// finish tells Config.Finished of a call.
func (p *Processor) finish(j *job, done outcome, settled error, took time.Duration) {
	if p.cfg.Finished == nil {
		return
	}
	p.cfg.Finished(Finished{
		ID: j.id, Function: j.call.Function, Workflow: j.call.Workflow, Script: done.script, Channel: done.channel,
		Kind: done.kind, Attempts: attempts(done), At: time.Now(), Took: took,
		Rendering: done.rendering, Posting: done.posting, Classic: done.layout != nil,
		Settled: settled == nil, Err: done.err,
	})
}

// attempts are those of a message that was posted, or the tries that an error
// tells of. Slack refuses a message in one answer.
func attempts(done outcome) int {
	var unavailable *slackapi.UnavailableError
	switch {
	case errors.As(done.err, &unavailable):
		return unavailable.Tries
	case done.attempts == 0 && done.posting > 0 && (done.kind == kind.Refused || done.kind == kind.Invalid):
		return 1
	}
	return done.attempts
}

// InWork is the number of calls that are taken and not finished.
func (p *Processor) InWork() int {
	p.held.mu.Lock()
	defer p.held.mu.Unlock()
	return len(p.held.calls)
}

// stopwatch adds the time of one step to where it is kept.
func stopwatch(keep *time.Duration) func() {
	start := time.Now()
	return func() { *keep += time.Since(start) }
}
