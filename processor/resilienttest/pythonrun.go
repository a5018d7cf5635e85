package resilienttest

import (
	"fmt"
	"maps"
	"unicode/utf8"
)

// The values of scripts are nil, bool, int64, string, []any for lists, pyTuple,
// map[string]any for dictionaries, *pyObject, *pyFunction and pyBuiltin.
type (
	pyTuple []any

	// pyObject is what the platform gives to a script, such as incident.
	pyObject struct {
		name  string
		attrs map[string]any
		// fixed objects take no other attributes, and none of them may be set.
		fixed bool
	}

	pyFunction struct{ node *pyNode }
	pyBuiltin  func(args []any) (any, error)
)

// pyLimit is how many lines a script may execute, as in the platform. The
// stand-in also bounds the values that it works out and the longest text, so
// that no script stops it.
const (
	pyLimit       = 50_000
	pyEvalLimit   = 2_000_000
	pyLengthLimit = 16 << 20
)

// pyRun executes a workflow's script. It knows the part of Python that such
// scripts need; globals are the objects that the platform gives them.
func pyRun(src string, globals map[string]any) error {
	body, err := pyParse(src)
	if err != nil {
		return err
	}
	r := &pyRunner{globals: maps.Clone(globals)}
	r.globals["chr"] = pyBuiltin(func(args []any) (any, error) {
		if n, ok := only(args).(int64); ok && n >= 0 && n <= utf8.MaxRune {
			return string(rune(n)), nil
		}
		return nil, fmt.Errorf("chr() takes one number")
	})
	r.globals["range"] = pyBuiltin(func(args []any) (any, error) {
		n, ok := only(args).(int64)
		if !ok || n > pyLimit {
			return nil, fmt.Errorf("range() takes one number")
		}
		r.evals += int(max(n, 0))
		var list []any
		for i := range max(n, 0) {
			list = append(list, i)
		}
		return list, nil
	})
	r.globals["str"] = pyBuiltin(func(args []any) (any, error) { return pyText(only(args)), nil })
	_, _, err = r.block(body, r.globals)
	return err
}

func only(args []any) any {
	if len(args) != 1 {
		return pyTuple(args)
	}
	return args[0]
}

type pyRunner struct {
	globals map[string]any
	steps   int // lines executed
	evals   int // values worked out
	depth   int // of calls
}

// block executes statements; returned is true where one of them was a return.
func (r *pyRunner) block(body []*pyNode, scope map[string]any) (value any, returned bool, err error) {
	for _, n := range body {
		if r.steps++; r.steps > pyLimit {
			return nil, false, pyFail(n.line, "the script has executed %d lines, which is the most it may", pyLimit)
		}
		if value, returned, err = r.statement(n, scope); err != nil || returned {
			return value, returned, err
		}
	}
	return nil, false, nil
}

func (r *pyRunner) statement(n *pyNode, scope map[string]any) (any, bool, error) {
	switch n.kind {
	case "pass":
		return nil, false, nil
	case "def":
		scope[n.name] = &pyFunction{n}
		return nil, false, nil
	case "return":
		if len(n.kids) == 0 {
			return nil, true, nil
		}
		v, err := r.eval(n.kids[0], scope)
		return v, true, err
	case "assign":
		v, err := r.eval(n.kids[1], scope)
		if err == nil {
			err = r.assign(n.kids[0], v, scope)
		}
		return nil, false, err
	case "if":
		condition, err := r.eval(n.kids[0], scope)
		if err != nil {
			return nil, false, err
		}
		if pyTrue(condition) {
			return r.block(n.body, scope)
		}
		return r.block(n.orElse, scope)
	case "for":
		list, err := r.list(n.kids[0], scope)
		if err != nil {
			return nil, false, err
		}
		for _, one := range list {
			scope[n.name] = one
			if v, returned, err := r.block(n.body, scope); err != nil || returned {
				return v, returned, err
			}
		}
		return nil, false, nil
	}
	_, err := r.eval(n, scope)
	return nil, false, err
}

func (r *pyRunner) assign(to *pyNode, v any, scope map[string]any) error {
	if to.kind == "name" {
		scope[to.name] = v
		return nil
	}
	on, err := r.eval(to.kids[0], scope)
	if err != nil {
		return err
	}
	o, ok := on.(*pyObject)
	if !ok || o.fixed {
		return pyFail(to.line, "one cannot set %s of %s", to.name, to.kids[0].shown())
	}
	if _, ok := o.attrs[to.name]; !ok {
		return pyFail(to.line, "%s has no attribute '%s'", o.name, to.name)
	}
	o.attrs[to.name] = v
	return nil
}

func (r *pyRunner) list(n *pyNode, scope map[string]any) ([]any, error) {
	v, err := r.eval(n, scope)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, pyFail(n.line, "%s is no list", n.shown())
	}
	return list, nil
}

func (r *pyRunner) all(nodes []*pyNode, scope map[string]any) ([]any, error) {
	values := make([]any, 0, len(nodes))
	for _, n := range nodes {
		v, err := r.eval(n, scope)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (r *pyRunner) eval(n *pyNode, scope map[string]any) (any, error) {
	if r.evals++; r.evals > pyEvalLimit {
		return nil, pyFail(n.line, "the script works out more than %d values", pyEvalLimit)
	}
	v, err := r.value(n, scope)
	if text, ok := v.(string); ok {
		if len(text) > pyLengthLimit {
			return nil, pyFail(n.line, "the text is longer than %d bytes", pyLengthLimit)
		}
		r.evals += len(text) >> 10
	}
	return v, err
}

func (r *pyRunner) value(n *pyNode, scope map[string]any) (any, error) {
	switch n.kind {
	case "constant":
		return n.value, nil
	case "name":
		if v, ok := scope[n.name]; ok {
			return v, nil
		}
		if v, ok := r.globals[n.name]; ok {
			return v, nil
		}
		return nil, pyFail(n.line, "name '%s' is not defined", n.name)
	case "list":
		return r.all(n.kids, scope)
	case "tuple":
		values, err := r.all(n.kids, scope)
		return pyTuple(values), err
	case "comprehension":
		return r.comprehension(n, scope)
	case "attribute":
		on, err := r.eval(n.kids[0], scope)
		if err != nil {
			return nil, err
		}
		return pyAttribute(n, on)
	case "call":
		return r.call(n, scope)
	case "choose":
		condition, err := r.eval(n.kids[0], scope)
		if err != nil {
			return nil, err
		}
		if pyTrue(condition) {
			return r.eval(n.kids[1], scope)
		}
		return r.eval(n.kids[2], scope)
	case "and", "or":
		left, err := r.eval(n.kids[0], scope)
		if err != nil || pyTrue(left) == (n.kind == "or") {
			return left, err
		}
		return r.eval(n.kids[1], scope)
	}
	values, err := r.all(n.kids, scope)
	if err != nil {
		return nil, err
	}
	v, err := pyOperate(n.kind, values)
	if err != nil {
		return nil, pyFail(n.line, "%v", err)
	}
	return v, nil
}

func (r *pyRunner) comprehension(n *pyNode, scope map[string]any) (any, error) {
	list, err := r.list(n.kids[1], scope)
	if err != nil {
		return nil, err
	}
	inner := maps.Clone(scope)
	values := []any{}
	for _, one := range list {
		inner[n.name] = one
		v, err := r.eval(n.kids[0], inner)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (r *pyRunner) call(n *pyNode, scope map[string]any) (any, error) {
	args, err := r.all(n.kids[1:], scope)
	if err != nil {
		return nil, err
	}
	if method := n.kids[0]; method.kind == "attribute" {
		on, err := r.eval(method.kids[0], scope)
		if err != nil {
			return nil, err
		}
		v, err := pyMethod(on, method.name, args)
		if err != nil {
			return nil, pyFail(n.line, "%s: %v", method.shown(), err)
		}
		return v, nil
	}
	f, err := r.eval(n.kids[0], scope)
	if err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case pyBuiltin:
		v, err := f(args)
		if err != nil {
			return nil, pyFail(n.line, "%v", err)
		}
		return v, nil
	case *pyFunction:
		if len(args) != len(f.node.params) {
			return nil, pyFail(n.line, "%s() takes %d arguments, got %d", f.node.name, len(f.node.params), len(args))
		}
		if r.depth++; r.depth > 100 {
			return nil, pyFail(n.line, "functions call each other too deeply")
		}
		defer func() { r.depth-- }()
		local := map[string]any{}
		for i, name := range f.node.params {
			local[name] = args[i]
		}
		v, _, err := r.block(f.node.body, local)
		return v, err
	}
	return nil, pyFail(n.line, "%s is no function", n.kids[0].shown())
}
