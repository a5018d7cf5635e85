package worker

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/dop251/goja"
)

// hostFunc is a Go function as a script calls it.
type hostFunc func(env *environment, args []goja.Value) goja.Value

var (
	typeString = reflect.TypeFor[string]()
	typeBool   = reflect.TypeFor[bool]()
	typeInt    = reflect.TypeFor[int]()
	typeInt64  = reflect.TypeFor[int64]()
	typeFloat  = reflect.TypeFor[float64]()
	typeJSON   = reflect.TypeFor[json.RawMessage]()
	typeAny    = reflect.TypeFor[any]()
	typeError  = reflect.TypeFor[error]()
)

func newHostFunc(name string, value any) (hostFunc, error) {
	switch f := value.(type) {
	case func(string) string: // the common ones need no reflection
		return guard(func(env *environment, args []goja.Value) goja.Value {
			s := argString(args, 0)
			env.protect(name, func() error { s = f(s); return nil })
			return env.rt.ToValue(s)
		}), nil
	case func(string, string) string:
		return guard(func(env *environment, args []goja.Value) goja.Value {
			s, t := argString(args, 0), argString(args, 1)
			env.protect(name, func() error { s = f(s, t); return nil })
			return env.rt.ToValue(s)
		}), nil
	case func(string) json.RawMessage:
		return guard(func(env *environment, args []goja.Value) goja.Value {
			s := argString(args, 0)
			var out json.RawMessage
			env.protect(name, func() error { out = f(s); return nil })
			return env.fromGo(out)
		}), nil
	}
	f := reflect.ValueOf(value)
	if !f.IsValid() || f.Kind() != reflect.Func {
		return nil, fmt.Errorf("%s is a %T, which cannot be handed to a script", name, value)
	}
	t := f.Type()
	for i := range t.NumIn() {
		in := t.In(i)
		if t.IsVariadic() && i == t.NumIn()-1 {
			in = in.Elem()
		}
		if !crosses(in) {
			return nil, fmt.Errorf("%s: a parameter of type %s cannot be handed over", name, in)
		}
	}
	results, fails := t.NumOut(), false
	if results > 0 && t.Out(results-1) == typeError {
		results, fails = results-1, true
	}
	if results > 1 || results == 1 && !crosses(t.Out(0)) {
		return nil, fmt.Errorf("%s: its results cannot be handed over: %s", name, t)
	}
	return guard(reflected(name, f, results, fails)), nil
}

// guard cuts off more arguments than any honest call has, so that the spread
// of a huge array does not become a huge slice of Go values.
func guard(f hostFunc) hostFunc {
	return func(env *environment, args []goja.Value) goja.Value {
		return f(env, args[:min(len(args), 1024)])
	}
}

func crosses(t reflect.Type) bool {
	switch t {
	case typeString, typeBool, typeInt, typeInt64, typeFloat, typeJSON, typeAny:
		return true
	}
	return false
}

func reflected(name string, f reflect.Value, results int, fails bool) hostFunc {
	t := f.Type()
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	return func(env *environment, args []goja.Value) goja.Value {
		in := make([]reflect.Value, 0, max(fixed, len(args)))
		for i := range fixed {
			in = append(in, env.toGo(argument(args, i), t.In(i)))
		}
		if t.IsVariadic() {
			for i := fixed; i < len(args); i++ {
				in = append(in, env.toGo(args[i], t.In(fixed).Elem()))
			}
		}
		var out []reflect.Value
		env.protect(name, func() error {
			out = f.Call(in)
			if !fails {
				return nil
			}
			err, _ := out[results].Interface().(error)
			return err
		})
		if results == 0 {
			return goja.Undefined()
		}
		return env.fromGo(out[0].Interface())
	}
}

func argument(args []goja.Value, i int) goja.Value {
	if i < len(args) {
		return args[i]
	}
	return goja.Undefined()
}

func argString(args []goja.Value, i int) string {
	if v := argument(args, i); !nothing(v) {
		return v.String()
	}
	return ""
}

func nothing(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// toGo converts an argument. It may run code of the script (toString, toJSON),
// so exceptions pass through it.
func (env *environment) toGo(v goja.Value, t reflect.Type) reflect.Value {
	if nothing(v) {
		if t == typeJSON {
			return reflect.ValueOf(json.RawMessage("null"))
		}
		return reflect.Zero(t)
	}
	switch t {
	case typeString:
		return reflect.ValueOf(v.String())
	case typeBool:
		return reflect.ValueOf(v.ToBoolean())
	case typeInt:
		return reflect.ValueOf(int(toInteger(v)))
	case typeInt64:
		return reflect.ValueOf(toInteger(v))
	case typeFloat:
		return reflect.ValueOf(v.ToFloat())
	case typeJSON:
		return reflect.ValueOf(json.RawMessage(env.mustStringify(v)))
	}
	var x any
	if err := json.Unmarshal(env.mustStringify(v), &x); err != nil || x == nil {
		return reflect.Zero(t)
	}
	return reflect.ValueOf(&x).Elem()
}

// toInteger is ToInteger with the ends of int64 where Go's own conversion
// would depend on the machine.
func toInteger(v goja.Value) int64 {
	f := v.ToFloat()
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func (env *environment) fromGo(x any) goja.Value {
	var js []byte
	switch x := x.(type) {
	case nil:
		return goja.Null()
	case string, bool, int, int64, float64:
		return env.rt.ToValue(x)
	case json.RawMessage:
		if len(x) == 0 {
			return goja.Null()
		}
		js = x
	default:
		var err error
		if js, err = json.Marshal(x); err != nil {
			env.rethrow(err)
		}
	}
	v, err := env.parseJSON(string(js))
	if err != nil {
		env.rethrow(err)
	}
	return v
}

// host is what the driver calls functions in Go by: a JavaScript function for each of
// them would cost more than most of them do.
func (env *environment) host(call goja.FunctionCall) goja.Value {
	name := argString(call.Arguments, 0)
	f, ok := env.compiled.host[name]
	if !ok {
		panic(env.rt.NewTypeError("the host has no function %q", name))
	}
	return f(env, call.Arguments[1:])
}

// accept is "accept" of host; see Predeclared.
func accept(env *environment, _ []goja.Value) goja.Value {
	if !env.accepted {
		env.accepted = true
		env.accepting()
	}
	return goja.Undefined()
}

// parseForDriver is "parse" of host; see Predeclared.
func parseForDriver(env *environment, args []goja.Value) goja.Value {
	v, err := env.parseJSON(argString(args, 0))
	if err != nil {
		env.rethrow(err)
	}
	toString, ok := argument(args, 1).(*goja.Object)
	if !ok {
		return v
	}
	list, prototype := v.(*goja.Object), env.rt.NewObject()
	if err := prototype.DefineDataProperty("toString", toString, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
		env.rethrow(err)
	}
	for i := range list.Get("length").ToInteger() {
		if err := list.Get(strconv.FormatInt(i, 10)).(*goja.Object).SetPrototype(prototype); err != nil {
			env.rethrow(err)
		}
	}
	return v
}

func (env *environment) parseJSON(text string) (goja.Value, error) {
	if v := env.readJSON(text); v != nil {
		return v, nil
	}
	if err := env.takeJSON(); err != nil {
		return nil, err
	}
	return env.parse(goja.Undefined(), env.rt.ToValue(text))
}

// scriptParse is JSON.parse as a script finds it.
func (env *environment) scriptParse(call goja.FunctionCall) goja.Value {
	text := call.Argument(0).ToString() // once, because it may run code of the script
	if goja.IsUndefined(call.Argument(1)) {
		if v := env.readJSON(text.String()); v != nil {
			return v
		}
	}
	v, err := env.parse(goja.Undefined(), text, call.Argument(1))
	if err != nil {
		env.rethrow(err)
	}
	return v
}

// mustStringify is stringify; an exception of it is thrown on.
func (env *environment) mustStringify(v goja.Value) []byte {
	out, err := env.stringify(v)
	if err != nil {
		env.rethrow(err)
	}
	if out == nil {
		return []byte("null") // a function, a symbol
	}
	return out
}

// protect calls Go code on behalf of a script: its error and its panic become
// exceptions that the script can catch. No code of the script may run in f.
func (env *environment) protect(name string, f func() error) {
	err := func() (err error) {
		defer func() {
			if x := recover(); x != nil {
				err = fmt.Errorf("%s failed: %v", name, x)
			}
		}()
		return f()
	}()
	if err != nil {
		env.rethrow(err)
	}
}

// rethrow throws an error on into the script. What a script cannot catch, the
// end of its time for one, stays so.
func (env *environment) rethrow(err error) {
	switch err := err.(type) {
	case *goja.Exception:
		panic(err.Value())
	case *goja.InterruptedError, *goja.StackOverflowError:
		panic(err)
	}
	panic(env.newError(err.Error()))
}
