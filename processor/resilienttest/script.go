package resilienttest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

const (
	// scriptSteps is how many steps a script may take. The platform allows so
	// many lines, of which each takes a step at least.
	scriptSteps = 50_000
	// scriptBytes is about how much a script may make of texts and lists.
	scriptBytes = 256 << 20
)

// runScript executes a workflow's script. Its language is Starlark: a Python
// that reaches nothing but the objects that it is given. name is that of the
// script, for errors.
func runScript(name, src string, objects starlark.StringDict) error {
	file, err := parseScript(name, src)
	if err != nil {
		return err
	}
	l := &limits{left: scriptBytes}
	names := maps.Clone(objects)
	names[callName] = starlark.NewBuiltin(callName, l.call)
	names[operandName] = starlark.NewBuiltin(operandName, l.operand)
	program, err := starlark.FileProgram(file, names.Has)
	if err != nil {
		return err
	}
	thread := &starlark.Thread{}
	thread.SetMaxExecutionSteps(scriptSteps)
	_, err = program.Init(thread, names)
	if failure, ok := errors.AsType[*starlark.EvalError](err); ok {
		for _, frame := range slices.Backward(failure.CallStack) {
			if frame.Pos.Line > 0 { // not one of Starlark's own functions
				return fmt.Errorf("%s: %w", frame.Pos, err)
			}
		}
	}
	return err
}

// limits bounds what a script makes. Starlark bounds its steps alone, and a text
// that doubles in each of a hundred steps has no room anywhere.
type limits struct{ left int64 }

// weigh counts about the bytes of a value, and fails where the script has had
// too many. A list counts as often as it is in others: so it is compared, too.
func (l *limits) weigh(v starlark.Value) (int64, error) {
	before := l.left
	l.left -= 16
	switch v := v.(type) {
	case starlark.String:
		l.left -= int64(len(v))
	case starlark.Int:
		if _, ok := v.Int64(); !ok {
			return 0, fmt.Errorf("numbers of more than 64 bits are not part of what the stand-in understands")
		}
	case starlark.Indexable:
		for i := 0; i < v.Len() && l.left > 0; i++ {
			_, _ = l.weigh(v.Index(i)) // fails below
		}
	}
	if l.left <= 0 {
		return 0, fmt.Errorf("the script makes texts and lists of more than %d bytes", scriptBytes)
	}
	return before - l.left, nil
}

// call carries out every call of a script.
func (l *limits) call(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	f, args := args[0], args[1:]
	builtin, ok := f.(*starlark.Builtin)
	if !ok {
		return starlark.Call(thread, f, args, kwargs)
	}
	most, err := l.weigh(args)
	if err != nil {
		return nil, err
	}
	switch builtin.Name() {
	case "str":
		if len(kwargs) == 0 {
			return pythonFormat("%s", args)
		}
	case "join", "replace":
		// Each byte of the text gives at most the arguments.
		if text, _ := starlark.AsString(builtin.Receiver()); most > l.left/int64(len(text)+1) {
			return nil, fmt.Errorf("%s() may make a text of more than %d bytes", builtin.Name(), l.left)
		}
	case "chr", "get", "range", "addNote", "createRichText":
	default: // many count bytes where Python counts characters
		return nil, fmt.Errorf("%s() is not part of what the stand-in understands", builtin.Name())
	}
	v, err := starlark.Call(thread, f, args, kwargs)
	if err == nil {
		_, err = l.weigh(v)
	}
	return v, err
}

// operand is a value on one side of an operator, once it has been weighed.
type operand struct{ starlark.Value }

func (l *limits) operand(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	_, err := l.weigh(args[0])
	return operand{args[0]}, err
}

// Binary makes an operand a starlark.HasBinary: all operators but comparisons.
func (o operand) Binary(op syntax.Token, right starlark.Value, _ starlark.Side) (starlark.Value, error) {
	x, y := o.Value, right.(operand).Value
	switch text, isText := starlark.AsString(x); {
	case isText && op == syntax.PERCENT:
		return pythonFormat(text, y)
	case op == syntax.STAR && (x.Type() != "int" || y.Type() != "int"):
		return nil, fmt.Errorf("%s * %s is not part of what the stand-in understands", x.Type(), y.Type())
	}
	return starlark.Binary(op, x, y)
}

// CompareSameType makes an operand a starlark.Comparable.
func (o operand) CompareSameType(op syntax.Token, right starlark.Value, depth int) (bool, error) {
	return starlark.CompareDepth(op, o.Value, right.(operand).Value, depth)
}
