package resilienttest

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// pythonWords are the words of Python that Starlark does not have, and all
// texts and comments, so that none of these words is looked for inside of one.
var pythonWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`#[^\r\n]*` +
		`|(?:\b[uU])?(?:"""(?s:\\.|[^\\])*?"""|'''(?s:\\.|[^\\])*?'''|"(?s:\\.|[^"\\\n])*"|'(?s:\\.|[^'\\\n])*')` +
		`|\bis(?: +not)?\b`)
})

// starlarkText is a script of Python in the words of Starlark. What follows a
// word stays where it was, so that errors name the right place.
func starlarkText(src string) string {
	return pythonWords().ReplaceAllStringFunc(src, func(word string) string {
		switch {
		case word == "is":
			return "=="
		case strings.HasPrefix(word, "is"):
			return "!=" + strings.Repeat(" ", len(word)-2)
		case word[0] == 'u' || word[0] == 'U':
			return word[1:] + " "
		}
		return word
	})
}

// parseScript reads a script and has its calls and operators carried out by
// limits. It refuses what would silently differ from Python, such as indexes,
// which here count the bytes of a text, and what could put a value into itself
// or past limits.
func parseScript(name, src string) (*syntax.File, error) {
	options := syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	file, err := options.Parse(name, starlarkText(src), 0)
	if err != nil {
		return nil, err
	}
	var calls []*syntax.CallExpr
	var operations []*syntax.BinaryExpr
	syntax.Walk(file, func(n syntax.Node) bool {
		known := true
		switch n := n.(type) {
		case *syntax.CallExpr:
			calls = append(calls, n)
		case *syntax.BinaryExpr:
			known = n.Op != syntax.SLASH
			if n.Op != syntax.AND && n.Op != syntax.OR && n.Op != syntax.EQ { // = names an argument
				operations = append(operations, n)
			}
		case *syntax.Literal:
			known = n.Token != syntax.BYTES
		case *syntax.AssignStmt:
			known = n.Op == syntax.EQ
		case *syntax.DictExpr, *syntax.DictEntry, *syntax.IndexExpr, *syntax.SliceExpr:
			known = false
		}
		if !known && err == nil {
			at, _ := n.Span()
			err = syntax.Error{Pos: at, Msg: "this is not part of what the stand-in understands"}
		}
		return true
	})
	for _, n := range calls {
		*n = limited(callName, n.Lparen, append([]syntax.Expr{n.Fn}, n.Args...)...)
	}
	for _, n := range operations {
		x, y := limited(operandName, n.OpPos, n.X), limited(operandName, n.OpPos, n.Y)
		n.X, n.Y = &x, &y
	}
	return file, err
}

// Names of the methods of limits, which no script can have.
const (
	callName    = "(call)"
	operandName = "(operand)"
)

func limited(name string, at syntax.Position, args ...syntax.Expr) syntax.CallExpr {
	return syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: name}, Lparen: at, Args: args, Rparen: at}
}

// pythonText is str(); lists look as those of the platform, which are Java's.
func pythonText(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case starlark.NoneType, starlark.Bool, starlark.Int:
		return v.String(), nil
	case *starlark.List:
		var parts []string
		for one := range v.Elements() {
			part, err := pythonText(one)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	}
	return "", fmt.Errorf("a %s as text is not part of what the stand-in understands", v.Type())
}

var pythonVerb = regexp.MustCompile(`(?s)%(?:[0-9]{0,2}[dx]|.?)`)

// pythonFormat is the operator % of texts. Starlark's knows no widths and writes
// lists otherwise, so it is only given what is text already.
func pythonFormat(format string, v starlark.Value) (starlark.Value, error) {
	values, ok := v.(starlark.Tuple)
	if !ok {
		values = starlark.Tuple{v}
	}
	var texts starlark.Tuple
	var failed error
	format = pythonVerb.ReplaceAllStringFunc(format, func(verb string) string {
		if verb == "%%" || failed != nil || len(texts) == len(values) {
			return verb
		}
		text, v := "", values[len(texts)]
		number, isNumber := v.(starlark.Int)
		switch {
		case verb == "%s":
			text, failed = pythonText(v)
		case isNumber && strings.ContainsAny(verb, "dx"):
			text = fmt.Sprintf(verb, number.BigInt())
		default:
			failed = fmt.Errorf("%s of a %s is not part of what the stand-in understands", verb, v.Type())
		}
		texts = append(texts, starlark.String(text))
		return "%s"
	})
	if failed != nil {
		return nil, failed
	}
	return starlark.Binary(syntax.PERCENT, starlark.String(format), append(texts, values[len(texts):]...))
}
