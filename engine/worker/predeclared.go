package worker

import (
	"fmt"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// Predeclared is what gives a script its meaning. It is the worker's side of
// the caller: both must come from the same build.
type Predeclared struct {
	// Driver is JavaScript source, an expression that is a function
	//
	//	(host) => (exports, input, ...texts) => output
	//
	// exports is the value of the script's default export (or module.exports),
	// input is Request.Input, parsed, texts are Request.Texts. The inner function
	// returns undefined to decline, and calls host("accept") once it knows that the
	// script is for this input: an error before that passes the script over, an
	// error after it is the answer. A returned value that JSON cannot say is an
	// error, a returned promise is awaited. Without arguments it is called after an
	// exception and may say, as a text, why something was undefined. The outer one is called before the
	// script is evaluated, so what it declares is there for the script's top level.
	Driver string
	// DriverName is for stack traces, which leave it out: "driver.js".
	DriverName string
	// Host is what host(name, ...arguments) calls: a script sees what the driver
	// shows it of that. Each is a Go function of parameters and results of these
	// types: string, bool, int, int64, float64, json.RawMessage, any; the last
	// parameter may be variadic, the last result may be an error.
	//
	// A missing, null or undefined argument is the zero value; a JavaScript
	// value for json.RawMessage arrives as its JSON, for any as what
	// encoding/json would decode it to. A result of type json.RawMessage, and
	// one of type any that is not a plain value, reaches the script as parsed
	// JSON, with the members in the order of that JSON. An error becomes an
	// Error that the script can catch, at the script's own position; so does a
	// panic.
	//
	// Three more are there for every driver: host("accept"), and the following.
	// host("declare", name, members, maker) makes a global constant that is an object:
	// members are the names of what it has, with spaces between them. When a script
	// first looks at one of them, maker() returns member, and member(name) the function
	// of that name, or undefined. host("parse", text, toString) is JSON.parse whatever a
	// script has done to that; with toString the text is a list of objects, which have
	// that method in common.
	Host map[string]any
	// Aside is what the functions of Host have to say of a render beside its output,
	// as Result.Aside; nil is nothing. It is asked after the driver has returned, and
	// forgets what it has said: it is also asked, for nobody, before a script runs.
	// What it says no script can write.
	Aside func() []byte

	// Given are the members of what the functions of the default export get as
	// their first argument, by the function's name, and Elsewhere is what to do
	// instead for names that JavaScript has in other places, such as fetch. Both
	// are for warnings alone.
	Given     map[string]Shape
	Elsewhere map[string]string
}

// Shape are the members of an object, or of what a function returns; nil is not
// known.
type Shape map[string]Shape

// compiled is Predeclared made ready once for all renders of a worker.
type compiled struct {
	refuse     *goja.Program
	generators *goja.Program
	rethrow    *goja.Program
	driver     *goja.Program
	special    bool // the driver has generators or async functions
	host       map[string]hostFunc
	aside      func() []byte
	console    functions
	given      map[string]Shape
	elsewhere  map[string]string
}

func (p Predeclared) Compile() (*compiled, error) {
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
		refuse:     goja.MustCompile("prelude.js", refuseSource, true),
		generators: goja.MustCompile("prelude.js", generatorPreludeSource, true),
		rethrow:    goja.MustCompile("prelude.js", rethrowSource, true),
		driver:     driver,
		special:    inspect(tree).special,
		console:    consoleObject(),
		aside:      p.Aside,
		given:      p.Given,
		elsewhere:  p.Elsewhere,
	}
	if c.aside == nil {
		c.aside = func() []byte { return nil }
	}
	c.host = map[string]hostFunc{"accept": accept, "declare": declareLazy, "parse": parseForDriver}
	for name, f := range p.Host {
		if c.host[name], err = newHostFunc("host."+name, f); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// refuseSource is what stands in the place of Function and eval, see refuseCode.
const refuseSource = `(function refuse() {
	throw new EvalError("a script cannot make code of a string: eval and Function are not available");
})`

// generatorPreludeSource does the same as refuseCode to the prototypes of the other kinds of
// functions, which can only be reached through such a function. It is run when
// there is one, because making them is a tenth of the cost of a render.
const generatorPreludeSource = `(function () {
	for (const f of [function* () {}, async function () {}])
		Object.defineProperty(Object.getPrototypeOf(f), "constructor", { value: Function, writable: false, configurable: false });
})()`

// rethrowSource gives the reason of a rejected promise the stack that it was
// made with.
const rethrowSource = `(function (e) { throw e; })`
