package worker

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// A script that writes more than this for one request writes for nobody.
const (
	MaxConsoleLines = 100
	maxConsoleBytes = 16 << 10
)

type console struct {
	lines []wire.Line
	bytes int
	full  bool
}

var consoleLevels = []struct{ member, level string }{
	{"log", "info"}, {"info", "info"}, {"debug", "debug"}, {"warn", "warn"}, {"error", "error"},
}

// consoleObject is the global console. Its functions find the lines that they
// add to in the environment.
func consoleObject() functions {
	c := functions{byName: map[string]hostFunc{}}
	for _, l := range consoleLevels {
		c.names = append(c.names, l.member)
		c.byName[l.member] = func(env *environment, args []goja.Value) goja.Value {
			env.console.add(env, l.level, args)
			return goja.Undefined()
		}
	}
	return c
}

func (c *console) add(env *environment, level string, args []goja.Value) {
	if c.full {
		return
	}
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(env.show(a))
		if b.Len() > maxConsoleBytes {
			break
		}
	}
	text := b.String()
	if len(c.lines) == MaxConsoleLines || c.bytes+len(text) > maxConsoleBytes {
		c.full = true
		c.lines = append(c.lines, wire.Line{Level: "warn", Text: "more was written than is kept"})
		return
	}
	c.bytes += len(text)
	c.lines = append(c.lines, wire.Line{Level: level, Text: text})
}

// show is a value as a person wants to read it.
func (env *environment) show(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	if o.ClassName() == "Error" || o.ClassName() == "Function" {
		return v.String()
	}
	if out, err := env.stringify(v); err == nil && out != nil {
		return string(out)
	}
	return v.String()
}
