package worker

import (
	"reflect"
	"slices"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/formatters/spelling"
)

// maxWarnings is as many as somebody reads.
const maxWarnings = 20

// nameCheck looks in a parsed script for names that nothing has. A script may
// still be right, where it makes a name in ways that nobody can foresee: so these
// are warnings, and what is doubtful is passed over.
type nameCheck struct {
	env      *environment
	tree     *ast.Program
	declared map[string]bool // anywhere in the script, whatever the scope
	found    []*wire.Error
	nodes    walker
}

// checkNames is called when the top level has run: what that has declared is
// there.
func (env *environment) checkNames(tree *ast.Program) []*wire.Error {
	c := &nameCheck{env: env, tree: tree, declared: map[string]bool{"arguments": true}, nodes: walker{}}
	c.each(tree.Body, c.declare)
	c.each(tree.Body, c.global)
	c.each(tree.Body, c.parameter)
	return c.found
}

func (c *nameCheck) each(part any, look func(ast.Node)) { c.nodes.walk(reflect.ValueOf(part), look) }

// declare notes the names that a node declares. The default of a pattern counts as
// one, which hides a mistake at the worst.
func (c *nameCheck) declare(n ast.Node) {
	var targets []any
	switch n := n.(type) {
	case *ast.Binding:
		targets = []any{n.Target}
	case *ast.ForDeclaration:
		targets = []any{n.Target}
	case *ast.ParameterList:
		targets = []any{n.Rest}
	case *ast.FunctionLiteral:
		targets = []any{n.Name}
	case *ast.ClassLiteral:
		targets = []any{n.Name}
	case *ast.CatchStatement:
		targets = []any{n.Parameter}
	case *ast.LabelledStatement:
		targets = []any{n.Label}
	case *ast.MetaProperty:
		targets = []any{n.Meta, n.Property}
	case *ast.UnaryExpression:
		if n.Operator == token.TYPEOF { // its author knows that it may be missing
			targets = []any{n.Operand}
		}
	}
	c.each(targets, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Identifier:
			c.declared[string(n.Name)] = true
		case *ast.PropertyShort:
			c.declared[string(n.Name.Name)] = true
		}
	})
}

// global looks for what is neither declared nor a global, and for the members of
// globals.
func (c *nameCheck) global(n ast.Node) {
	switch n := n.(type) {
	case *ast.Identifier:
		c.name(n)
	case *ast.PropertyShort:
		c.name(&n.Name)
	case *ast.DotExpression:
		id, ok := n.Left.(*ast.Identifier)
		if !ok || c.declared[string(id.Name)] || id.Name == "globalThis" {
			return
		}
		if o, ok := c.env.rt.GlobalObject().Get(string(id.Name)).(*goja.Object); ok {
			if member := string(n.Identifier.Name); o.Get(member) == nil {
				c.warn(n.Identifier.Idx, string(id.Name)+" has no "+quoted(member)+spelling.DidYouMean(member, o.GetOwnPropertyNames()), "")
			}
		}
	}
}

func (c *nameCheck) name(id *ast.Identifier) {
	name, global := string(id.Name), c.env.rt.GlobalObject()
	if c.declared[name] || global.Get(name) != nil {
		return
	}
	hint := c.env.compiled.elsewhere[name]
	near := ""
	if hint == "" {
		names := global.GetOwnPropertyNames()
		for name := range c.declared {
			names = append(names, name)
		}
		slices.Sort(names)
		near = spelling.DidYouMean(name, names)
	}
	c.warn(id.Idx, "there is no "+quoted(name)+near, hint)
}

// parameter looks at the members of the default export that the caller calls: at
// what they take from that with which they are called.
func (c *nameCheck) parameter(n ast.Node) {
	property, ok := n.(*ast.PropertyKeyed)
	if !ok {
		return
	}
	key, ok := property.Key.(*ast.StringLiteral)
	if !ok || c.env.compiled.given[string(key.Value)] == nil {
		return
	}
	shape := c.env.compiled.given[string(key.Value)]
	var parameters *ast.ParameterList
	switch f := property.Value.(type) {
	case *ast.FunctionLiteral:
		parameters = f.ParameterList
	case *ast.ArrowFunctionLiteral:
		parameters = f.ParameterList
	}
	if parameters == nil || len(parameters.List) == 0 {
		return
	}
	id, ok := parameters.List[0].Target.(*ast.Identifier)
	if !ok {
		c.taken(parameters.List[0].Target, string(key.Value)+"'s argument", shape)
		return
	}
	uses, again := []*ast.DotExpression{}, 0
	c.each(property.Value, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.DotExpression:
			uses = append(uses, n)
		case *ast.Binding:
			if other, ok := n.Target.(*ast.Identifier); ok && other.Name == id.Name {
				again++
			} else if of, path := members(n.Initializer, id, shape); of != nil {
				c.taken(n.Target, path, of)
			}
		}
	})
	if again > 1 { // something else has the name as well
		return
	}
	for _, use := range uses {
		if of, path := members(use.Left, id, shape); of != nil {
			c.member(use.Identifier, path, of)
		}
	}
}

// taken looks at the names that are taken out of an object.
func (c *nameCheck) taken(target ast.Node, path string, of Shape) {
	pattern, ok := target.(*ast.ObjectPattern)
	if !ok {
		return
	}
	for _, p := range pattern.Properties {
		switch p := p.(type) {
		case *ast.PropertyShort:
			c.member(p.Name, path, of)
		case *ast.PropertyKeyed:
			if key, ok := p.Key.(*ast.StringLiteral); ok {
				c.member(ast.Identifier{Name: key.Value, Idx: key.Idx}, path, of)
			}
		}
	}
}

func (c *nameCheck) member(id ast.Identifier, path string, of Shape) {
	name := string(id.Name)
	if _, ok := of[name]; ok || c.env.prototype.Get(name) != nil {
		return
	}
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	c.warn(id.Idx, path+" has no "+quoted(name)+spelling.DidYouMean(name, names), "")
}

// members are those of an expression that begins with a parameter; nil where
// they are not known.
func members(e ast.Expression, parameter *ast.Identifier, shape Shape) (of Shape, path string) {
	switch e := e.(type) {
	case *ast.Identifier:
		if e.Name == parameter.Name {
			return shape, string(e.Name)
		}
	case *ast.DotExpression:
		of, path = members(e.Left, parameter, shape)
		return of[string(e.Identifier.Name)], path + "." + string(e.Identifier.Name)
	case *ast.CallExpression:
		of, path = members(e.Callee, parameter, shape)
		return of, path + "(…)"
	case *ast.OptionalChain:
		return members(e.Expression, parameter, shape)
	case *ast.Optional:
		return members(e.Expression, parameter, shape)
	}
	return nil, ""
}

func (c *nameCheck) warn(at file.Idx, message, hint string) {
	if len(c.found) < maxWarnings {
		c.found = append(c.found, positioned(c.tree.File, at, message, hint))
	}
}

func quoted(name string) string { return `"` + name + `"` }
