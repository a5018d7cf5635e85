package render

import (
	"cmp"
	"errors"
	"fmt"
	"path"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/kind"
)

// InvalidError says that the message of a script breaks Slack's rules.
type InvalidError struct {
	Script     string
	Violations []blockkit.Violation  // at least one
	At         []*engine.ScriptError // where the script says what each is about; nil is not known
}

// Error names the first violation and the number of the others.
func (e *InvalidError) Error() string {
	s := fmt.Sprintf("%s: Slack would refuse the message: %s", cmp.Or(e.place(0), e.Script), e.Violations[0])
	if n := len(e.Violations) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// place is where in the script a violation is, "" where that is not known.
func (e *InvalidError) place(i int) string {
	if i >= len(e.At) || e.At[i] == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", e.At[i].File, e.At[i].Line, e.At[i].Column)
}

// ScriptError is the error as one of the script, which has all violations.
func (e *InvalidError) ScriptError() *engine.ScriptError {
	s := &engine.ScriptError{File: e.Script}
	if e.place(0) != "" {
		*s = *e.At[0]
	}
	s.Kind, s.Script = engine.KindCheck, path.Base(e.Script)
	s.Message = "Slack would refuse the message: " + e.Violations[0].String()
	for i, v := range e.Violations[1:] {
		if i > 0 {
			s.Hint += "\n"
		}
		s.Hint += "also "
		if place := e.place(i + 1); place != "" {
			s.Hint += place + ": "
		}
		s.Hint += v.String()
	}
	return s
}

// Kind gives the place in the message, and not what stands there.
func (e *InvalidError) Kind() (kind.Kind, string) {
	return kind.Invalid, fmt.Sprintf("%s: Slack would refuse the message: %s", e.Script, e.Violations[0].Pointer)
}

// failure gives an error of formatters or engine its kind. Those packages serve
// the previewer as well, and know nothing of calls.
type failure struct {
	error
	kind   kind.Kind
	reason string
}

func (f failure) Unwrap() error             { return f.error }
func (f failure) Kind() (kind.Kind, string) { return f.kind, f.reason }

// withKind is an error of Render's that knows its kind, where there is one for it.
func withKind(err error) error {
	var (
		unread *details.Error
		script *engine.ScriptError
	)
	switch {
	case errors.As(err, &unread):
		return failure{err, kind.Input, fmt.Sprintf("%s cannot be read: line %d, column %d", unread.Input, unread.Line, unread.Column)}
	case errors.As(err, &script):
		return failure{err, kind.Script, fmt.Sprintf("%s:%d:%d: %s", script.File, script.Line, script.Column, script.Kind)}
	}
	return err
}
