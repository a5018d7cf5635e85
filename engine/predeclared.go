package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// Predeclared is what gives a script its meaning. It is the worker's side of
// the caller: both must come from the same build.
type Predeclared struct {
	// Driver is JavaScript source, an expression that is a function
	//
	//	(host) => (exports, input, accept, ...texts) => output
	//
	// exports is the value of the script's default export (or module.exports),
	// input is Request.Input, parsed, texts are Request.Texts. The inner function
	// returns undefined to decline, and calls accept() once it knows that the
	// script is for this input: an error before that passes the script over, an
	// error after it is the answer. A returned value that JSON cannot say is an
	// error, a returned promise is awaited. The outer one is called before the
	// script is evaluated, so what it declares is there for the script's top level.
	Driver string
	// Lazy are global constants: objects, and the names of their members, which
	// are made when a script first looks at them. For each the inner function has
	// a property of its name, a function () => (name) => member.
	Lazy map[string][]string
	// DriverName is for stack traces, which leave it out: "driver.js".
	DriverName string
	// Host are the members of host: a script sees what the driver shows it of
	// them. A member is a string, a bool, a number, or a Go function of parameters
	// and results of these types: string, bool, int, int64, float64,
	// json.RawMessage, any; the last parameter may be variadic, the last result
	// may be an error.
	//
	// A missing, null or undefined argument is the zero value; a JavaScript
	// value for json.RawMessage arrives as its JSON, for any as what
	// encoding/json would decode it to. A result of type json.RawMessage, and
	// one of type any that is not a plain value, reaches the script as parsed
	// JSON, with the members in the order of that JSON. An error becomes an
	// Error that the script can catch, at the script's own position; so does a
	// panic.
	Host map[string]any
}

// compiled is Predeclared made ready once for all renders of a worker.
type compiled struct {
	prelude    *goja.Program
	generators *goja.Program
	rethrow    *goja.Program
	driver     *goja.Program
	special    bool // the driver has generators or async functions
	host       hostObject
	console    hostObject
	lazy       []lazyGlobal
}

type lazyGlobal struct {
	name string
	keys []string
}

type hostObject struct {
	keys    []string
	members map[string]member
}

// member is a function or, where function is nil, a constant.
type member struct {
	constant any
	function hostFunc
}

func (p Predeclared) compile() (*compiled, error) {
	name := p.DriverName
	if name == "" {
		name = "driver.js"
	}
	tree, err := parser.ParseFile(nil, name, "(\n"+p.Driver+"\n)", 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, fmt.Errorf("parse the driver: %w", err)
	}
	driver, err := goja.CompileAST(tree, true)
	if err != nil {
		return nil, fmt.Errorf("compile the driver: %w", err)
	}
	c := &compiled{
		prelude:    goja.MustCompile("prelude.js", preludeSource, true),
		generators: goja.MustCompile("prelude.js", generatorPreludeSource, true),
		rethrow:    goja.MustCompile("prelude.js", rethrowSource, true),
		driver:     driver,
		special:    inspect(tree).special,
		console:    consoleObject(),
	}
	for _, name := range slices.Sorted(maps.Keys(p.Lazy)) {
		c.lazy = append(c.lazy, lazyGlobal{name, p.Lazy[name]})
	}
	c.host = hostObject{keys: slices.Sorted(maps.Keys(p.Host)), members: map[string]member{}}
	for _, key := range c.host.keys {
		if c.host.members[key], err = newMember("host."+key, p.Host[key]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// preludeSource takes away every way to make code of a string, also that over
// the prototype of functions. A function that is called Function stays, so that
// "f instanceof Function" works.
const preludeSource = `{
	const prototype = Function.prototype;
	function refuse() {
		throw new EvalError("a script cannot make code of a string: eval and Function are not available");
	}
	refuse.prototype = prototype;
	Object.defineProperty(prototype, "constructor", { value: refuse, writable: false, configurable: false });
	globalThis.Function = refuse;
	globalThis.eval = refuse;
}`

// generatorPreludeSource does the same to the prototypes of the other kinds of
// functions, which can only be reached through such a function. It is run when
// there is one, because making them is a tenth of the cost of a render.
const generatorPreludeSource = `(function () {
	for (const f of [function* () {}, async function () {}])
		Object.defineProperty(Object.getPrototypeOf(f), "constructor", { value: Function, writable: false, configurable: false });
})()`

// rethrowSource gives the reason of a rejected promise the stack that it was
// made with.
const rethrowSource = `(function (e) { throw e; })`

// lazyObject makes its members when they are first looked at, because most
// renders use a few of many.
type lazyObject struct {
	keys []string
	make func(key string) goja.Value // of keys
	open bool                        // members can be replaced and added; else an assignment throws
	made map[string]goja.Value
}

func (o *lazyObject) Get(key string) goja.Value {
	if v, ok := o.made[key]; ok {
		return v
	}
	if !o.Has(key) {
		return nil
	}
	v := o.make(key)
	o.put(key, v)
	return v
}

func (o *lazyObject) put(key string, v goja.Value) {
	if o.made == nil {
		o.made = map[string]goja.Value{}
	}
	o.made[key] = v
}

func (o *lazyObject) Set(key string, v goja.Value) bool {
	if !o.open {
		return false
	}
	if !o.Has(key) {
		o.keys = append(slices.Clip(o.keys), key)
	}
	o.put(key, v)
	return true
}

func (o *lazyObject) Delete(string) bool  { return false }
func (o *lazyObject) Has(key string) bool { return slices.Contains(o.keys, key) }
func (o *lazyObject) Keys() []string      { return o.keys }

// hostObject shows a hostObject to a script.
func (env *environment) hostObject(h *hostObject) *goja.Object {
	return env.rt.NewDynamicObject(&lazyObject{keys: h.keys, make: func(key string) goja.Value {
		m := h.members[key]
		if m.function == nil {
			return env.rt.ToValue(m.constant)
		}
		return env.function(key, func(call goja.FunctionCall) goja.Value { return m.function(env, call.Arguments) })
	}})
}

// driverObject is one whose members a function makes that members returns.
func (env *environment) driverObject(keys []string, members goja.Callable) *goja.Object {
	var member goja.Callable
	return env.rt.NewDynamicObject(&lazyObject{keys: keys, open: true, make: func(key string) goja.Value {
		if member == nil {
			v, err := members(goja.Undefined())
			if err != nil {
				env.rethrow(err)
			}
			member, _ = goja.AssertFunction(v)
		}
		v, err := member(goja.Undefined(), env.rt.ToValue(key))
		if err != nil {
			env.rethrow(err)
		}
		return v
	}})
}
