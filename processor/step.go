package processor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Step is a part of a call that has an effect outside: a post, an upload, a new
// row. However often the call is begun, because a process died or the broker gave
// the call to another instance, [Step.Take] does it once and gives its result, of
// which the function makes the rest of its way:
//
//  1. the journal has the result, and nothing is asked or done;
//  2. the call may have been begun before, and Find has it;
//  3. it is done, and the journal keeps the result.
//
// R goes into the journal as JSON.
type Step[R any] struct {
	// Name is the step's among those of its call, and stays the same over new
	// versions of the program: "post", "post/1".
	Name string

	// What is done to what and where, for statuses: "posted", "message", "Slack".
	Done, What, Where string

	// Last says that the result needs no write of its own: nothing but the answer comes
	// after this step, which the journal keeps, or Find gives the same where the call
	// comes again.
	Last bool

	// Find looks whether the step was done before, after oldest. An error says that
	// nobody can tell, and fails the call unless OnUnknown is Resend.
	Find func(ctx context.Context, oldest time.Time) (result R, found bool, err error)

	// Do does it. Each request that cannot be taken back needs the permit. An error
	// that is a [MaybeDone] says that it may be done all the same.
	Do func(ctx context.Context, permit Permit) (R, error)
}

// MaybeDone is an error of a step that nobody knows to be done or not, after all
// that could be found out. Any other says that it is not done.
type MaybeDone interface {
	error
	MaybeDone()
}

// Take takes the step in a call. An error is Find's, Do's or ctx's, or the
// journal's, which ends the call without an answer: the function has to return it.
func (s Step[R]) Take(ctx context.Context, t *Task) (R, error) {
	// What another version of the program wrote and this one cannot read is looked
	// for: the call is in doubt.
	if kept, ok := t.steps[s.Name]; ok {
		var result R
		if json.Unmarshal(kept, &result) == nil {
			return result, nil
		}
	}
	result, found, err := s.ask(ctx, t)
	if !found && err == nil {
		result, err = s.do(ctx, t)
	}
	if err != nil || s.Last {
		return result, err
	}
	return result, s.keep(t, result)
}

// ask looks for what a call in doubt may have done before.
func (s Step[R]) ask(ctx context.Context, t *Task) (result R, found bool, err error) {
	if t.doubt == (doubt{}) {
		return result, false, nil
	}
	select {
	case <-time.After(time.Until(t.doubt.until)):
	case <-ctx.Done():
		return result, false, ctx.Err()
	}
	result, found, err = s.Find(ctx, t.doubt.oldest)
	switch {
	case found:
		t.Status(ctx, "The "+s.What+" was in "+s.Where+" already")
		return result, true, nil
	case ctx.Err() != nil:
		return result, false, ctx.Err()
	case err != nil && t.p.cfg.OnUnknown == Hold:
		return result, false, err
	case err != nil:
		t.Status(ctx, s.Where+" cannot tell whether the "+s.What+" was "+s.Done+" before; it is "+s.Done+" now, as on_unknown = resend says")
	}
	return result, false, nil
}

// do does the step, and again where nobody can tell whether it is done and the
// setting wants it twice rather than not at all.
func (s Step[R]) do(ctx context.Context, t *Task) (R, error) {
	var result R
	if err := t.ask(); err != nil {
		return result, &journalError{err}
	}
	permit := t.p.permit(t)
	result, err := s.Do(ctx, permit)
	var unknown MaybeDone
	if errors.As(err, &unknown) && t.p.cfg.OnUnknown == Resend && ctx.Err() == nil {
		t.Status(ctx, Sentence(err)+"; it is "+s.Done+" again, as on_unknown = resend says")
		return s.Do(ctx, permit)
	}
	return result, err
}

// keep notes the result before the function goes on.
func (s Step[R]) keep(t *Task, result R) error {
	js, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("the result of step %s cannot be kept: %w", s.Name, err)
	}
	if err := t.p.cfg.Journal.Step(t.ID, s.Name, js); err != nil {
		t.p.lanes.stop() // the call comes again, and must not be overtaken
		return &journalError{err}
	}
	return nil
}

// journalError is an error of the journal's on its way through a function.
type journalError struct{ err error }

func (e *journalError) Error() string { return e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }
