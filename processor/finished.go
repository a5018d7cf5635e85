package processor

import (
	"errors"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Kinds lists every kind, for counters that are to exist before the first call.
func Kinds() []Kind {
	return []Kind{OK, Malformed, Input, Script, Invalid, Refused, Unavailable, Internal, Again}
}

// Finished is what became of one call, for metrics and status pages.
type Finished struct {
	ID, Function, Workflow string
	Script, Channel        string // "" where the call did not come so far
	Kind                   Kind
	Attempts               int // requests to Slack that were to post the first message, as far as they are known
	At                     time.Time
	Took                   time.Duration // from its beginning to its settlement
	Rendering, Posting     time.Duration // 0 where the call did not come so far
	// Classic tells that the classic layout was used because another failed, or
	// slack_details could not be read.
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
	if f.Err == nil {
		return ""
	}
	var (
		input       *resilient.InputError
		unread      *details.Error
		script      *render.ScriptError
		invalid     *render.InvalidError
		refused     *slackapi.RefusedError
		notAccepted *slackapi.InvalidError
	)
	switch {
	case errors.As(f.Err, &input):
		return fmt.Sprintf("input %s: want %s", input.Name, input.Want)
	case errors.As(f.Err, &unread):
		return fmt.Sprintf("slack_details cannot be read: line %d, column %d", unread.Line, unread.Column)
	case errors.As(f.Err, &script):
		return fmt.Sprintf("%s:%d:%d: %s", script.File, script.Line, script.Column, script.Kind)
	case errors.As(f.Err, &invalid):
		return fmt.Sprintf("%s: Slack would refuse the message: %s", invalid.Script, invalid.Violations[0].Pointer)
	case errors.As(f.Err, &refused):
		return "Slack refused: " + refused.Code
	case errors.As(f.Err, &notAccepted):
		return "Slack found the message wrong: " + notAccepted.Code
	}
	reasons := map[Kind]string{
		Malformed:   "the body is not a call of this function",
		Unavailable: "Slack did not take it in time, or cannot tell",
		Internal:    "defect in the service",
	}
	return reasons[f.Kind]
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
	case done.attempts == 0 && done.posting > 0 && (done.kind == Refused || done.kind == Invalid):
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

// SlackAnswers reports whether Slack has accepted the token since Run began;
// false also says that it has not been asked successfully yet.
func (p *Processor) SlackAnswers() bool { return p.workspace.Load() != nil }

// stopwatch adds the time of one step to where it is kept.
func stopwatch(keep *time.Duration) func() {
	start := time.Now()
	return func() { *keep += time.Since(start) }
}
