package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/fn-slack/fn-slack/engine/wire"
)

const (
	maxFrames  = 12
	maxMessage = 2000 // bytes; what a script throws can be as long as it likes
	maxCauses  = 5
)

// timedOut is what a runtime is interrupted with.
type timedOut struct{}

// explain turns whatever stopped a script into what the parent is told.
// Only frames of the script itself are kept.
func (env *environment) explain(err error, p *program) *wire.Error {
	var (
		failed      *wire.Error
		interrupted *goja.InterruptedError
		overflow    *goja.StackOverflowError
		thrown      *goja.Exception
	)
	switch {
	case errors.As(err, &failed):
		return failed
	case errors.As(err, &interrupted):
		failed = wire.TimeoutError(env.limits.Time)
		failed.Hint = "a loop there does not end, or does too much for one message"
		failed.Frames = frames(interrupted.Stack(), p.name)
		return failed
	case errors.As(err, &overflow):
		return &wire.Error{
			Kind:    wire.KindStack,
			Message: fmt.Sprintf("RangeError: more than %d calls inside each other", env.limits.CallDepth),
			Limit:   fmt.Sprintf("call depth %d", env.limits.CallDepth),
			Hint:    "a function calls itself without end",
			Frames:  frames(overflow.Stack(), p.name),
		}
	case errors.As(err, &thrown):
		failed = &wire.Error{Kind: wire.KindThrow, Frames: frames(thrown.Stack(), p.name)}
		// Describing a value runs the script's own toString or toJSON.
		if ex := env.rt.Try(func() { failed.Message = env.describe(thrown.Value()) }); ex != nil {
			failed.Message = "threw a value that cannot be shown"
		}
		failed.Message = wire.Cut(failed.Message, maxMessage)
		if strings.Contains(failed.Message, "undefined") {
			failed.Hint = env.why()
		}
		return failed
	}
	return &wire.Error{Kind: wire.KindCrash, Message: wire.Cut(err.Error(), maxMessage)}
}

// why is what the driver knows of a value that is undefined.
func (env *environment) why() (hint string) {
	env.rt.Try(func() {
		if v, err := env.driver(goja.Undefined()); err == nil && goja.IsString(v) {
			hint = wire.Cut(v.String(), maxMessage)
		}
	})
	return hint
}

// describe says what was thrown, with the causes of an error.
func (env *environment) describe(v goja.Value) string {
	var parts []string
	for range maxCauses {
		o, ok := v.(*goja.Object)
		if !ok {
			parts = append(parts, describePlain(v))
			break
		}
		if o.ClassName() != "Error" {
			parts = append(parts, "threw "+wire.Cut(env.show(v), 300))
			break
		}
		parts = append(parts, v.String())
		cause := o.Get("cause")
		if nothing(cause) {
			break
		}
		v = cause
	}
	return strings.Join(parts, "; caused by ")
}

func describePlain(v goja.Value) string {
	if goja.IsString(v) {
		quoted, err := json.Marshal(wire.Cut(v.String(), 300))
		if err == nil {
			return "threw " + string(quoted)
		}
	}
	return "threw " + v.String()
}

func frames(stack []goja.StackFrame, name string) []wire.Position {
	var out []wire.Position
	for _, f := range stack {
		if f.SrcName() != name {
			continue
		}
		pos := f.Position()
		if pos.Line == 0 {
			continue
		}
		fn := f.FuncName()
		if fn == "<anonymous>" {
			fn = ""
		}
		out = append(out, wire.Position{Func: fn, Line: pos.Line, Column: pos.Column})
		if len(out) == maxFrames {
			break
		}
	}
	return out
}

// explainCompile turns an error of the parser or the compiler into what the
// parent is told.
func explainCompile(err error) *wire.Error {
	w := &wire.Error{Kind: wire.KindSyntax, Message: "SyntaxError: " + err.Error()}
	at := func(f *file.File, offset int) {
		if f != nil {
			pos := f.Position(offset)
			w.Frames = []wire.Position{{Line: pos.Line, Column: pos.Column}}
		}
	}
	var (
		list parser.ErrorList
		syn  *goja.CompilerSyntaxError
		ref  *goja.CompilerReferenceError
	)
	switch {
	case errors.As(err, &list) && len(list) > 0:
		w.Message = "SyntaxError: " + strings.TrimPrefix(list[0].Message, "SyntaxError: ")
		w.Frames = []wire.Position{{Line: list[0].Position.Line, Column: list[0].Position.Column}}
	case errors.As(err, &syn):
		w.Message = "SyntaxError: " + syn.Message
		at(syn.File, syn.Offset)
	case errors.As(err, &ref):
		w.Message = "ReferenceError: " + ref.Message
		at(ref.File, ref.Offset)
	}
	return w
}
