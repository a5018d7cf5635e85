package resilienttest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pyError is an error of a workflow's script, with the line it is in.
type pyError struct {
	Line int
	Text string
}

func (e *pyError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

func pyFail(line int, format string, args ...any) error {
	return &pyError{line, fmt.Sprintf(format, args...)}
}

// pyToken is a word of a script.
type pyToken struct {
	kind pyKind
	text string // of pyString the value
	line int
}

type pyKind int

const (
	pyName pyKind = iota
	pyNumber
	pyString
	pyOperator
	pyNewline
	pyIndent
	pyDedent
	pyEnd
)

// pyOperators are tried in this order.
var pyOperators = []string{"==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ":", ".", "=", "<", ">", "+", "-", "*", "%"}

type pyLexer struct {
	src    string
	at     int
	line   int
	depth  int   // of brackets; a line ends in none
	indent []int // widths, the outermost is 0
	tokens []pyToken
}

// pyLex splits a script into words.
func pyLex(src string) ([]pyToken, error) {
	l := &pyLexer{src: strings.ReplaceAll(src, "\r\n", "\n"), line: 1, indent: []int{0}}
	for l.at < len(l.src) {
		if err := l.logicalLine(); err != nil {
			return nil, err
		}
	}
	for range l.indent[1:] {
		l.add(pyDedent, "")
	}
	l.add(pyEnd, "")
	return l.tokens, nil
}

func (l *pyLexer) add(kind pyKind, text string) {
	l.tokens = append(l.tokens, pyToken{kind, text, l.line})
}

// logicalLine reads a line, and those that its brackets and long strings reach
// into.
func (l *pyLexer) logicalLine() error {
	rest := l.src[l.at:]
	width := len(rest) - len(strings.TrimLeft(rest, " "))
	l.at += width
	if rest = rest[width:]; rest == "" || rest[0] == '\n' || rest[0] == '#' {
		l.skipLine()
		return nil
	}
	if err := l.indentation(width); err != nil {
		return err
	}
	for l.at < len(l.src) {
		c := l.src[l.at]
		switch {
		case c == '\n' && l.depth == 0:
			l.add(pyNewline, "")
			l.skipLine()
			return nil
		case c == '\n':
			l.skipLine()
		case c == ' ':
			l.at++
		case c == '#':
			for l.at < len(l.src) && l.src[l.at] != '\n' {
				l.at++
			}
		default:
			if err := l.word(); err != nil {
				return err
			}
		}
	}
	l.add(pyNewline, "")
	return nil
}

func (l *pyLexer) skipLine() {
	end := strings.IndexByte(l.src[l.at:], '\n')
	if end < 0 {
		l.at = len(l.src)
		return
	}
	l.at += end + 1
	l.line++
}

func (l *pyLexer) indentation(width int) error {
	if width > l.indent[len(l.indent)-1] {
		l.indent = append(l.indent, width)
		l.add(pyIndent, "")
		return nil
	}
	for width < l.indent[len(l.indent)-1] {
		l.indent = l.indent[:len(l.indent)-1]
		l.add(pyDedent, "")
	}
	if width != l.indent[len(l.indent)-1] {
		return pyFail(l.line, "the indentation fits none above it")
	}
	return nil
}

func (l *pyLexer) word() error {
	rest := l.src[l.at:]
	letter := func(r rune) bool { return r == '_' || unicode.IsLetter(r) }
	if (rest[0] == 'u' || rest[0] == 'U') && len(rest) > 1 && (rest[1] == '"' || rest[1] == '\'') {
		l.at++
		return l.str()
	}
	switch c, _ := utf8.DecodeRuneInString(rest); {
	case c == '"' || c == '\'':
		return l.str()
	case c >= '0' && c <= '9':
		return l.take(pyNumber, func(r rune) bool { return r >= '0' && r <= '9' })
	case letter(c):
		return l.take(pyName, func(r rune) bool { return letter(r) || unicode.IsDigit(r) })
	}
	for _, op := range pyOperators {
		if strings.HasPrefix(rest, op) {
			switch op {
			case "(", "[":
				l.depth++
			case ")", "]":
				l.depth--
			}
			l.add(pyOperator, op)
			l.at += len(op)
			return nil
		}
	}
	return pyFail(l.line, "%q is not part of what the stand-in understands", rest[:1])
}

func (l *pyLexer) take(kind pyKind, part func(rune) bool) error {
	rest := l.src[l.at:]
	end := strings.IndexFunc(rest, func(r rune) bool { return !part(r) })
	if end < 0 {
		end = len(rest)
	}
	l.add(kind, rest[:end])
	l.at += end
	return nil
}

// str reads a string with one or three quotes.
func (l *pyLexer) str() error {
	line, rest := l.line, l.src[l.at:]
	quote := rest[:1]
	if strings.HasPrefix(rest, strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	var b strings.Builder
	for i := len(quote); i < len(rest); i++ {
		switch c := rest[i]; {
		case strings.HasPrefix(rest[i:], quote):
			l.tokens = append(l.tokens, pyToken{pyString, b.String(), line})
			l.at += i + len(quote)
			return nil
		case c == '\n' && len(quote) == 1:
			return pyFail(line, "the string has no end")
		case c == '\\' && i+1 < len(rest):
			i++
			meaning, ok := map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '\\': `\`, '\'': "'", '"': `"`, '\n': ""}[rest[i]]
			if !ok {
				return pyFail(l.line, `\%c is not part of what the stand-in understands`, rest[i])
			}
			b.WriteString(meaning)
			if rest[i] == '\n' {
				l.line++
			}
		default:
			if c == '\n' {
				l.line++
			}
			b.WriteByte(c)
		}
	}
	return pyFail(line, "the string has no end")
}
