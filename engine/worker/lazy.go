package worker

import (
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// lazyObject is an object of whose members most renders use a few of many, so each is
// made when it is first looked at. To a script all of them are there: in what order, as
// what and with which attributes, is that of a literal. What goja's dynamic objects
// do not have, it lacks: it cannot be frozen, and has no getters and no symbols.
type lazyObject struct {
	names func() []string              // a list of its own each time, unless fixed
	make  func(name string) goja.Value // nil where it has no such member
	fixed bool                         // it cannot be changed: an assignment throws
	made  map[string]goja.Value        // nil is a member that has been deleted
	keys  []string                     // once they are not those of names
}

func (o *lazyObject) Get(key string) goja.Value {
	if v, ok := o.made[key]; ok {
		return v
	}
	v := o.make(key)
	if v != nil {
		o.keep(key, v)
	}
	return v
}

func (o *lazyObject) keep(key string, v goja.Value) {
	if o.made == nil {
		o.made = map[string]goja.Value{}
	}
	o.made[key] = v
}

func (o *lazyObject) Has(key string) bool { return slices.Contains(o.Keys(), key) }

func (o *lazyObject) Keys() []string {
	if o.keys != nil {
		return o.keys
	}
	return o.names()
}

// Set gets nil of a defineProperty that has no value.
func (o *lazyObject) Set(key string, v goja.Value) bool {
	if o.fixed {
		return false
	}
	if v == nil {
		if v = o.Get(key); v == nil {
			v = goja.Undefined()
		}
	}
	if !o.Has(key) {
		o.keys = append(o.Keys(), key)
	}
	o.keep(key, v)
	return true
}

func (o *lazyObject) Delete(key string) bool {
	if o.fixed {
		return false
	}
	if o.Has(key) {
		o.keys = slices.DeleteFunc(slices.Clone(o.Keys()), func(k string) bool { return k == key })
		o.keep(key, nil)
	}
	return true
}

// functions are those in Go that an object has.
type functions struct {
	names  []string
	byName map[string]hostFunc
}

// object shows functions to JavaScript.
func (env *environment) object(of *functions) *goja.Object {
	return env.rt.NewDynamicObject(&lazyObject{
		names: func() []string { return of.names },
		fixed: true,
		make: func(name string) goja.Value {
			f, ok := of.byName[name]
			if !ok {
				return nil
			}
			return env.function(name, func(call goja.FunctionCall) goja.Value { return f(env, call.Arguments) })
		},
	})
}

// declareLazy is "declare" of host; see Predeclared.
func declareLazy(env *environment, args []goja.Value) goja.Value {
	names := argString(args, 1)
	maker, ok := goja.AssertFunction(argument(args, 2))
	if !ok {
		panic(env.rt.NewTypeError("what makes the members is not a function"))
	}
	var member goja.Callable // once it is needed
	object := env.rt.NewDynamicObject(&lazyObject{
		names: func() []string { return strings.Fields(names) },
		make: func(name string) goja.Value {
			if member == nil {
				made, err := maker(goja.Undefined())
				if err != nil {
					env.rethrow(err)
				}
				if member, ok = goja.AssertFunction(made); !ok {
					panic(env.rt.NewTypeError("what makes the members is not a function"))
				}
			}
			v, err := member(goja.Undefined(), env.rt.ToValue(name))
			if err != nil {
				env.rethrow(err)
			}
			f, ok := v.(*goja.Object)
			if !ok {
				return nil
			}
			if err := env.rename(f, name); err != nil {
				env.rethrow(err)
			}
			return f
		},
	})
	if err := env.rt.GlobalObject().DefineDataProperty(argString(args, 0), object, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE); err != nil {
		env.rethrow(err)
	}
	return goja.Undefined()
}
