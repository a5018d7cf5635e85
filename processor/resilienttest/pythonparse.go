package resilienttest

import (
	"slices"
	"strconv"
)

// pyNode is an expression or a statement.
type pyNode struct {
	kind string // name, constant, list, tuple, comprehension, attribute, call, choose, and, or, not, minus; assign, return, pass, if, for, def; or an operator
	line int
	name string
	// value is that of a constant.
	value any
	// kids are the operands in their order: of choose the condition, then the
	// two values; of a comprehension the element, then the list.
	kids   []*pyNode
	params []string  // of def
	body   []*pyNode // of def, if and for
	orElse []*pyNode // of if
}

type pyParser struct {
	tokens []pyToken
	at     int
}

// pyParse reads a script.
func pyParse(src string) (body []*pyNode, err error) {
	tokens, err := pyLex(src)
	if err != nil {
		return nil, err
	}
	p := &pyParser{tokens: tokens}
	defer func() {
		if e := recover(); e != nil {
			failure, ours := e.(*pyError)
			if !ours {
				panic(e)
			}
			body, err = nil, failure
		}
	}()
	for p.peek().kind != pyEnd {
		body = append(body, p.statement())
	}
	return body, nil
}

func (p *pyParser) peek() pyToken { return p.tokens[p.at] }

func (p *pyParser) next() pyToken {
	t := p.tokens[p.at]
	if t.kind != pyEnd {
		p.at++
	}
	return t
}

// is reports whether the next word is one of an operator or a keyword.
func (p *pyParser) is(texts ...string) bool {
	t := p.peek()
	return (t.kind == pyOperator || t.kind == pyName) && slices.Contains(texts, t.text)
}

func (p *pyParser) accept(text string) bool {
	if p.is(text) {
		p.at++
		return true
	}
	return false
}

func (p *pyParser) expect(text string) {
	if !p.accept(text) {
		p.fail("want %q, got %q", text, p.peek().text)
	}
}

func (p *pyParser) expectKind(kind pyKind, what string) pyToken {
	t := p.next()
	if t.kind != kind {
		panic(pyFail(t.line, "want %s, got %q", what, t.text))
	}
	return t
}

// fail leaves the parser; pyParse catches it.
func (p *pyParser) fail(format string, args ...any) { panic(pyFail(p.peek().line, format, args...)) }

func (p *pyParser) node(kind string, kids ...*pyNode) *pyNode {
	return &pyNode{kind: kind, line: p.peek().line, kids: kids}
}

func (p *pyParser) statement() *pyNode {
	n := p.node("")
	switch {
	case p.accept("def"):
		n.kind, n.name = "def", p.expectKind(pyName, "a name").text
		p.expect("(")
		for !p.is(")") {
			n.params = append(n.params, p.expectKind(pyName, "a parameter").text)
			if !p.accept(",") {
				break
			}
		}
		p.expect(")")
		n.body = p.block()
		return n
	case p.accept("if"):
		return p.conditional(n)
	case p.accept("for"):
		n.kind, n.name = "for", p.expectKind(pyName, "a name").text
		p.expect("in")
		n.kids = []*pyNode{p.expression()}
		n.body = p.block()
		return n
	case p.accept("pass"):
		n.kind = "pass"
	case p.accept("return"):
		n.kind = "return"
		if p.peek().kind != pyNewline {
			n.kids = []*pyNode{p.expression()}
		}
	default:
		n = p.expression()
		if p.accept("=") {
			if n.kind != "name" && n.kind != "attribute" {
				p.fail("one cannot assign to this")
			}
			n = &pyNode{kind: "assign", line: n.line, kids: []*pyNode{n, p.expression()}}
		}
	}
	p.expectKind(pyNewline, "the end of the line")
	return n
}

func (p *pyParser) conditional(n *pyNode) *pyNode {
	n.kind, n.kids = "if", []*pyNode{p.expression()}
	n.body = p.block()
	inner := p.node("")
	switch {
	case p.accept("elif"):
		n.orElse = []*pyNode{p.conditional(inner)}
	case p.accept("else"):
		n.orElse = p.block()
	}
	return n
}

func (p *pyParser) block() []*pyNode {
	p.expect(":")
	p.expectKind(pyNewline, "the end of the line")
	p.expectKind(pyIndent, "an indented line")
	var body []*pyNode
	for p.peek().kind != pyDedent {
		body = append(body, p.statement())
	}
	p.next()
	return body
}

// expression reads one that may be a choice: a if b else c.
func (p *pyParser) expression() *pyNode {
	n := p.binary(0)
	if p.accept("if") {
		condition := p.binary(0)
		p.expect("else")
		n = &pyNode{kind: "choose", line: n.line, kids: []*pyNode{condition, n, p.expression()}}
	}
	return n
}

// pyLevels are the binary operators, those that bind least first.
var pyLevels = [][]string{{"or"}, {"and"}, {"not"}, {"==", "!=", "<", ">", "<=", ">=", "is", "in", "not"}, {"+", "-"}, {"*", "%"}}

func (p *pyParser) binary(level int) *pyNode {
	if level == len(pyLevels) {
		return p.unary()
	}
	if pyLevels[level][0] == "not" {
		if n := p.node("not"); p.accept("not") {
			n.kids = []*pyNode{p.binary(level)}
			return n
		}
		return p.binary(level + 1)
	}
	left := p.binary(level + 1)
	for p.is(pyLevels[level]...) {
		op := p.next()
		kind := op.text
		switch {
		case kind == "not":
			p.expect("in")
			kind = "not in"
		case kind == "is" && p.accept("not"):
			kind = "is not"
		}
		left = &pyNode{kind: kind, line: op.line, kids: []*pyNode{left, p.binary(level + 1)}}
	}
	return left
}

func (p *pyParser) unary() *pyNode {
	if n := p.node("minus"); p.accept("-") {
		n.kids = []*pyNode{p.unary()}
		return n
	}
	n := p.atom()
	for {
		switch line := p.peek().line; {
		case p.accept("."):
			n = &pyNode{kind: "attribute", line: line, name: p.expectKind(pyName, "a name").text, kids: []*pyNode{n}}
		case p.accept("("):
			n = &pyNode{kind: "call", line: line, kids: append([]*pyNode{n}, p.list(")")...)}
		default:
			return n
		}
	}
}

// list reads expressions with commas between them, and what closes them.
func (p *pyParser) list(end string) []*pyNode {
	var list []*pyNode
	for !p.is(end) {
		list = append(list, p.expression())
		if !p.accept(",") {
			break
		}
	}
	p.expect(end)
	return list
}

func (p *pyParser) atom() *pyNode {
	n := p.node("constant")
	switch t := p.next(); t.kind {
	case pyNumber:
		v, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			p.fail("%v", err)
		}
		n.value = v
		return n
	case pyString:
		text := t.text
		for p.peek().kind == pyString {
			text += p.next().text
		}
		n.value = text
		return n
	case pyName:
		switch t.text {
		case "None":
		case "True", "False":
			n.value = t.text == "True"
		default:
			n.kind, n.name = "name", t.text
		}
		return n
	case pyOperator:
		switch t.text {
		case "(":
			first := p.expression()
			if !p.accept(",") {
				p.expect(")")
				return first
			}
			n.kind, n.kids = "tuple", append([]*pyNode{first}, p.list(")")...)
			return n
		case "[":
			return p.listOrComprehension(n)
		}
	}
	p.at--
	p.fail("want a value, got %q", p.peek().text)
	return nil
}

func (p *pyParser) listOrComprehension(n *pyNode) *pyNode {
	n.kind = "list"
	if p.accept("]") {
		return n
	}
	first := p.expression()
	if p.accept("for") {
		n.kind, n.name = "comprehension", p.expectKind(pyName, "a name").text
		p.expect("in")
		n.kids = []*pyNode{first, p.expression()}
		p.expect("]")
		return n
	}
	n.kids = []*pyNode{first}
	if p.accept(",") {
		n.kids = append(n.kids, p.list("]")...)
	} else {
		p.expect("]")
	}
	return n
}
