package worker

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// program is a script as a worker holds it.
type program struct {
	name    string
	code    *goja.Program
	special bool // it has generators or async functions
	json    bool // it has the word JSON
}

// environment is one fresh runtime with everything that a script finds in it.
type environment struct {
	rt        *goja.Runtime
	limits    wire.Limits
	console   console
	accepted  bool
	compiled  *compiled
	driver    goja.Callable
	parse     goja.Callable // JSON.parse as goja has it; see takeJSON
	prototype *goja.Object  // of objects
	receive   goja.Value    // the function that puts a default export into exported
	exported  goja.Value
	accepting func() // told that the driver has accepted
	varies    bool   // the script has asked for the time or for a random number
	aside     []byte // see Predeclared.Aside
}

// errNoJSON says that a script has put something else in the place of JSON.
var errNoJSON = &wire.Error{Kind: wire.KindThrow, Message: "JSON has been taken away", Hint: "the script has replaced the global JSON"}

// errDeclined says that the script is not for this input.
var errDeclined = errors.New("declined")

// newEnvironment makes all that does not depend on the script and the request.
func newEnvironment(c *compiled, limits wire.Limits) (*environment, error) {
	env := &environment{rt: goja.New(), limits: limits, compiled: c}
	rt := env.rt
	rt.SetMaxCallStackSize(limits.CallDepth)
	rt.SetParserOptions(parser.WithDisableSourceMaps)

	env.prototype = rt.NewObject().Prototype()
	if err := env.refuseCode(); err != nil {
		return nil, fmt.Errorf("run the prelude: %w", err)
	}
	if err := rt.Set("console", env.object(&c.console)); err != nil {
		return nil, fmt.Errorf("declare console: %w", err)
	}
	if err := env.declare(); err != nil {
		return nil, fmt.Errorf("run the driver: %w", err)
	}
	env.receive = rt.ToValue(func(call goja.FunctionCall) goja.Value {
		env.exported = call.Argument(0)
		return goja.Undefined()
	})
	return env, nil
}

// refuseCode takes away every way to make code of a string, also that over the
// prototype of functions. A function that is called Function stays, so that
// "f instanceof Function" works.
func (env *environment) refuseCode() error {
	v, err := env.rt.RunProgram(env.compiled.refuse)
	if err != nil {
		return err
	}
	refuse, global := v.(*goja.Object), env.rt.GlobalObject()
	prototype := refuse.Prototype()
	return errors.Join(
		refuse.Set("prototype", prototype),
		prototype.DefineDataProperty("constructor", refuse, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE),
		global.Set("Function", refuse),
		global.Set("eval", refuse),
	)
}

// declare evaluates the driver, before every script because it may declare
// globals.
func (env *environment) declare() error {
	v, err := env.rt.RunProgram(env.compiled.driver)
	if err != nil {
		return err
	}
	outer, ok := goja.AssertFunction(v)
	if !ok {
		return errors.New("it is not a function")
	}
	if v, err = outer(goja.Undefined(), env.rt.ToValue(env.host)); err != nil {
		return err
	}
	if env.driver, ok = goja.AssertFunction(v); !ok {
		return errors.New("it does not return a function")
	}
	return nil
}

// begin makes a new environment that of a script and a request.
func (env *environment) begin(p *program, now time.Time, seed string) error {
	env.rt.SetTimeSource(func() time.Time {
		env.varies = true
		return now
	})
	// The source is made when a script first asks for a random number.
	var random *rand.Rand
	env.rt.SetRandSource(func() float64 {
		env.varies = true
		if random == nil {
			sum := sha256.Sum256([]byte(seed))
			random = rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
		}
		return random.Float64()
	})
	if p.special || env.compiled.special {
		if _, err := env.rt.RunProgram(env.compiled.generators); err != nil {
			return fmt.Errorf("run the prelude: %w", err)
		}
	}
	if !p.json {
		return nil
	}
	if err := env.takeJSON(); err != nil {
		return err
	}
	parse := env.function("parse", env.scriptParse)
	if err := env.rt.GlobalObject().Get("JSON").(*goja.Object).DefineDataProperty("parse", parse, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		return fmt.Errorf("declare JSON.parse: %w", err)
	}
	return nil
}

// takeJSON takes JSON.parse, for what jsonReader leaves to it. goja makes JSON when
// it is first looked at, and most scripts never do. Where a script has the word, it
// is taken before the script can replace it.
func (env *environment) takeJSON() error {
	if env.parse != nil {
		return nil
	}
	if o, ok := env.rt.GlobalObject().Get("JSON").(*goja.Object); ok {
		if parse, ok := goja.AssertFunction(o.Get("parse")); ok {
			env.parse = parse
			return nil
		}
	}
	return errNoJSON
}

// function is a Go function under a name of its own.
func (env *environment) function(name string, f func(goja.FunctionCall) goja.Value) goja.Value {
	v := env.rt.ToValue(f).(*goja.Object)
	_ = env.rename(v, name)
	return v
}

// rename gives a function its name.
func (env *environment) rename(f *goja.Object, name string) error {
	return f.DefineDataProperty("name", env.rt.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// exports runs the top level of a script and returns its default export.
func (env *environment) exports(p *program) (goja.Value, error) {
	v, err := env.rt.RunProgram(p.code)
	if err != nil {
		return nil, err
	}
	top, ok := goja.AssertFunction(v)
	if !ok {
		return nil, fmt.Errorf("%s is not a bundle", p.name)
	}
	env.exported = goja.Undefined()
	_, err = top(goja.Undefined(), env.receive)
	return env.exported, err
}

// run calls the driver with a script and an input, and returns JSON,
// errDeclined, or why the script failed.
func (env *environment) run(p *program, input []byte, texts []string, accept func()) ([]byte, error) {
	in, err := env.parseJSON(string(input))
	if err != nil {
		return nil, &wire.Error{Kind: wire.KindInput, Message: "the input is not JSON: " + err.Error()}
	}
	exports, err := env.exports(p)
	if err != nil {
		return nil, err
	}
	env.accepting = accept
	args := make([]goja.Value, 2, 2+len(texts))
	args[0], args[1] = exports, in
	for _, text := range texts {
		args = append(args, env.rt.ToValue(text))
	}
	out, err := env.driver(goja.Undefined(), args...)
	if err != nil {
		return nil, err
	}
	if out, err = env.settled(out); err != nil {
		return nil, err
	}
	if goja.IsUndefined(out) {
		return nil, errDeclined
	}
	env.aside = env.compiled.aside()
	return env.serialise(out)
}

var promiseType = reflect.TypeFor[*goja.Promise]()

// settled is the value of a promise. The job queue was drained when the call
// that made it returned, so one that is still pending waits for something that
// does not exist here.
func (env *environment) settled(v goja.Value) (goja.Value, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return v, nil
	}
	if o.ExportType() != promiseType { // an export is a copy of everything
		return v, nil
	}
	p := o.Export().(*goja.Promise)
	switch p.State() {
	case goja.PromiseStateFulfilled:
		return p.Result(), nil
	case goja.PromiseStateRejected:
		v, err := env.rt.RunProgram(env.compiled.rethrow)
		if err != nil {
			return nil, err
		}
		throw, _ := goja.AssertFunction(v)
		_, err = throw(goja.Undefined(), p.Result())
		return nil, err
	}
	return nil, &wire.Error{
		Kind:    wire.KindThrow,
		Message: "the script returned a promise that never settles",
		Hint:    "there are no timers, files or network to wait for; return the value itself",
	}
}

// serialise is the JSON of a result.
func (env *environment) serialise(v goja.Value) ([]byte, error) {
	if goja.IsString(v) {
		// goja writes a text character by character. Halves of surrogate pairs, which
		// are U+FFFD here, are left to it.
		if text := v.String(); !strings.ContainsRune(text, utf8.RuneError) {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false) // it would count against the limit
			if err := enc.Encode(text); err != nil {
				return nil, err
			}
			return env.bounded(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
		}
	}
	out, err := env.stringify(v)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, &wire.Error{Kind: wire.KindOutput, Message: "the result has no JSON form: " + v.String()}
	}
	return env.bounded(out)
}

// stringify is JSON.stringify by the way that goja has for Go, which a script that
// replaces JSON does not replace; nil for a function and other values without
// JSON. The value is the only member of an object, as in the specification of
// JSON.stringify; without a prototype, so that no toJSON of the script's is found
// there.
func (env *environment) stringify(v goja.Value) ([]byte, error) {
	holder := env.rt.CreateObject(nil)
	if err := holder.Set("", v); err != nil {
		return nil, err
	}
	out, err := holder.MarshalJSON()
	if err != nil {
		return nil, err
	}
	out, ok := bytes.CutPrefix(out, []byte(`{"":`))
	if !ok {
		return nil, nil
	}
	return out[:len(out)-len("}")], nil
}

func (env *environment) bounded(out []byte) ([]byte, error) {
	if size := len(out) + len(env.aside); size > env.limits.Output {
		return nil, &wire.Error{
			Kind:    wire.KindOutput,
			Message: fmt.Sprintf("the result has %d bytes of JSON, more than the limit of %d", size, env.limits.Output),
			Limit:   fmt.Sprintf("output %d bytes", env.limits.Output),
		}
	}
	return out, nil
}

func (env *environment) newError(text string) goja.Value {
	if errorType := env.rt.GlobalObject().Get("Error"); errorType != nil {
		if o, err := env.rt.New(errorType, env.rt.ToValue(text)); err == nil {
			return o
		}
	}
	return env.rt.NewTypeError(text) // the script has taken Error away
}
