package worker

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// inspect finds what other engines do and goja would silently get wrong.
// Comments and strings are not looked at.
func inspect(tree *ast.Program) *finder {
	f := &finder{file: tree.File}
	walker{}.walk(reflect.ValueOf(tree.Body), f.look)
	return f
}

type finder struct {
	file    *file.File
	found   *wire.Error // the first thing that goja would get wrong
	special bool        // there are generators or async functions
}

var nodeType = reflect.TypeFor[ast.Node]()

// walker goes through all nodes by reflection; the tree has some seventy kinds of
// them and only a few matter to anybody. It keeps what it has found out about types,
// which takes longer than all the rest.
type walker map[reflect.Type]walked

type walked struct {
	node   bool
	fields []int // of a struct: those that nodes can lie in
}

func (w walker) walk(v reflect.Value, look func(ast.Node)) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem(), look)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if w.of(v.Type()).node {
			look(v.Interface().(ast.Node))
		}
		w.walk(v.Elem(), look)
	case reflect.Struct:
		for _, i := range w.of(v.Type()).fields {
			w.walk(v.Field(i), look)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i), look)
		}
	}
}
func (w walker) of(t reflect.Type) walked {
	known, ok := w[t]
	if ok {
		return known
	}
	known.node = t.Implements(nodeType)
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			switch f := t.Field(i); f.Type.Kind() {
			case reflect.Interface, reflect.Pointer, reflect.Struct, reflect.Slice:
				// The declarations of a scope are nodes of the body as well.
				if f.IsExported() && f.Name != "DeclarationList" {
					known.fields = append(known.fields, i)
				}
			}
		}
	}
	w[t] = known
	return known
}

func (f *finder) look(n ast.Node) {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		f.special = f.special || n.Generator || n.Async
	case *ast.ArrowFunctionLiteral:
		f.special = f.special || n.Async
	case *ast.RegExpLiteral:
		f.regexp(n.Idx, n.Pattern, n.Flags)
	case *ast.NewExpression:
		f.construct(n.Callee, n.ArgumentList)
	case *ast.CallExpression:
		f.construct(n.Callee, n.ArgumentList)
		f.locale(n)
	case *ast.DotExpression:
		if id, ok := n.Left.(*ast.Identifier); ok && id.Name == "Intl" {
			f.report(id.Idx, "Intl is not available", "format dates and numbers with the predeclared functions, or by hand")
		}
	}
}

func (f *finder) construct(callee ast.Expression, args []ast.Expression) {
	if id, ok := callee.(*ast.Identifier); !ok || id.Name != "RegExp" || len(args) == 0 {
		return
	}
	pattern, ok := args[0].(*ast.StringLiteral)
	if !ok {
		return
	}
	flags := ""
	if len(args) > 1 {
		if s, ok := args[1].(*ast.StringLiteral); ok {
			flags = string(s.Value)
		}
	}
	f.regexp(pattern.Idx, string(pattern.Value), flags)
}

func (f *finder) regexp(at file.Idx, pattern, flags string) {
	for i := 0; i+2 < len(pattern); i++ {
		if pattern[i] != '\\' {
			continue
		}
		if c := pattern[i+1]; (c == 'p' || c == 'P') && pattern[i+2] == '{' {
			f.report(at, fmt.Sprintf(`\%c{…} in a regular expression never matches here`, c),
				`name the characters, for example [A-Za-zÀ-ÿ]`)
			return
		}
		i++ // an escaped backslash escapes nothing
	}
	if i := strings.IndexAny(flags, "dv"); i >= 0 {
		f.report(at, fmt.Sprintf("the flag %c of regular expressions is not available", flags[i]), "")
	}
}

func (f *finder) locale(n *ast.CallExpression) {
	if len(n.ArgumentList) == 0 {
		return
	}
	callee := n.Callee
	if o, ok := callee.(*ast.OptionalChain); ok {
		callee = o.Expression
	}
	if o, ok := callee.(*ast.Optional); ok {
		callee = o.Expression
	}
	dot, ok := callee.(*ast.DotExpression)
	if !ok {
		return
	}
	switch name := string(dot.Identifier.Name); name {
	case "toLocaleString", "toLocaleDateString", "toLocaleTimeString":
		f.report(dot.Identifier.Idx, name+" with arguments is not available: there are no locales",
			"format dates and numbers with the predeclared functions, or by hand")
	}
}

func (f *finder) report(at file.Idx, message, hint string) {
	if f.found != nil {
		return
	}
	f.found = positioned(f.file, at, message, hint)
}

func positioned(in *file.File, at file.Idx, message, hint string) *wire.Error {
	pos := in.Position(int(at) - in.Base())
	return &wire.Error{
		Kind:    wire.KindSyntax,
		Message: message,
		Hint:    hint,
		Frames:  []wire.Position{{Line: pos.Line, Column: pos.Column}},
	}
}
