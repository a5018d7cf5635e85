package blockkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/spelling"
)

// A rule checks one decoded JSON value and reports what is wrong.
type rule func(c *checker, at *path, x any)

// path is the way from the message to a value, from the inside out.
type path struct {
	up    *path
	key   string
	index int // used where key is ""
}

func (p *path) String() string {
	if p == nil {
		return ""
	}
	if p.key == "" {
		return p.up.String() + "/" + strconv.Itoa(p.index)
	}
	return p.up.String() + "/" + pointerEscape.Replace(p.key)
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901

// checker collects violations and what must be unique or counted in a message.
type checker struct {
	rules     ruleSet
	found     []Violation
	blockIDs  map[string]bool
	actionIDs map[string]bool
	counts    map[string]int // blocks by type
	markdown  int            // characters in markdown blocks
}

func (c *checker) report(at *path, constraint, format string, args ...any) {
	c.found = append(c.found, Violation{at.String(), constraint, fmt.Sprintf(format, args...)})
}

// once reports whether id is new, and remembers it.
func once(seen *map[string]bool, id string) bool {
	if *seen == nil {
		*seen = make(map[string]bool)
	}
	if (*seen)[id] {
		return false
	}
	(*seen)[id] = true
	return true
}

// name is how a sentence calls the value at p.
func (p *path) name() string {
	for ; p != nil; p = p.up {
		if p.key != "" {
			return p.key
		}
	}
	return "the value"
}

// inWords are the types of JSON as a sentence names them.
func inWords(kind string) string {
	switch kind {
	case "object":
		return "an object like { type: … }"
	case "array":
		return "a list"
	case "string":
		return "a text"
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	}
	return "a " + kind
}

func (c *checker) wrongType(at *path, want string, x any) {
	got := "null"
	switch x.(type) {
	case bool:
		got = "true or false"
	case float64, json.Number:
		got = "a number"
	case string:
		got = "a text"
	case []any:
		got = "a list"
	case map[string]any:
		got = "an object"
	}
	c.report(at, "type "+want, "it is %s, want %s", got, inWords(want))
}

// text is a string of min to max code points.
func text(min, max int) rule {
	return func(c *checker, at *path, x any) {
		s, ok := x.(string)
		if !ok {
			c.wrongType(at, "string", x)
			return
		}
		switch n := utf8.RuneCountInString(s); {
		case n < min:
			c.report(at, "min_length "+strconv.Itoa(min), "%s must not be empty", at.name())
		case n > max:
			c.report(at, "max_length "+strconv.Itoa(max), "%s has %d characters, at most %d are allowed", at.name(), n, max)
		}
	}
}

// pattern is a string that matches, by a function because the few formats need
// no regular expressions.
func pattern(want string, match func(string) bool) rule {
	return func(c *checker, at *path, x any) {
		s, ok := x.(string)
		if !ok {
			c.wrongType(at, "string", x)
		} else if !match(s) {
			c.report(at, "pattern", "%s must look like %s, it is %q", at.name(), want, s)
		}
	}
}

func oneOf(values ...string) rule {
	return func(c *checker, at *path, x any) {
		s, ok := x.(string)
		if !ok {
			c.wrongType(at, "string", x)
			return
		}
		for _, v := range values {
			if s == v {
				return
			}
		}
		c.report(at, "enum "+strings.Join(values, "|"), "%s must be %s, it is %q%s", at.name(), or(values), s, spelling.DidYouMean(s, values))
	}
}

func or(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

func truth(c *checker, at *path, x any) {
	if _, ok := x.(bool); !ok {
		c.wrongType(at, "boolean", x)
	}
}

func anything(*checker, *path, any) {}

// integer is a whole number from min to max.
func integer(min, max int) rule {
	return func(c *checker, at *path, x any) {
		n, ok := numberOf(x)
		switch {
		case !ok || n != float64(int64(n)):
			c.wrongType(at, "integer", x)
		case n < float64(min):
			c.report(at, "min "+strconv.Itoa(min), "%s must be at least %d", at.name(), min)
		case n > float64(max):
			c.report(at, "max "+strconv.Itoa(max), "%s must be at most %d", at.name(), max)
		}
	}
}

func number(c *checker, at *path, x any) {
	if _, ok := numberOf(x); !ok {
		c.wrongType(at, "number", x)
	}
}

// numberOf reads a number in either form in which JSON is decoded.
func numberOf(x any) (n float64, ok bool) {
	switch x := x.(type) {
	case float64:
		return x, true
	case json.Number:
		n, err := x.Float64()
		return n, err == nil
	}
	return 0, false
}

// list is a list of min to max members.
func items(min, max int, each rule) rule {
	return func(c *checker, at *path, x any) {
		members, ok := x.([]any)
		if !ok {
			c.wrongType(at, "array", x)
			return
		}
		switch {
		case len(members) < min:
			c.report(at, "min_items "+strconv.Itoa(min), "%s must have at least %d", at.name(), min)
		case len(members) > max:
			c.report(at, "max_items "+strconv.Itoa(max), "%s has %d members, at most %d are allowed", at.name(), len(members), max)
			return
		}
		member := &path{up: at} // nobody keeps it
		for i, item := range members {
			member.index = i
			each(c, member, item)
		}
	}
}

// props are the members of an object that are allowed.
type props map[string]rule

// object is an object with no other members than those of p. The members named
// in required must be there.
func object(what string, p props, required string, more ...func(c *checker, at *path, o map[string]any)) rule {
	needed := strings.Fields(required)
	return func(c *checker, at *path, x any) {
		o, ok := x.(map[string]any)
		if !ok {
			c.wrongType(at, "object", x)
			return
		}
		misspelt := false
		var room [16]string // for the names of most objects
		member := &path{up: at}
		for _, name := range appendSorted(room[:0], o) {
			member.key = name
			check, ok := p[name]
			if !ok {
				near := spelling.DidYouMean(name, sortedKeys(p))
				misspelt = misspelt || near != ""
				c.report(member, "additional_property", "%s has no member %q%s", what, name, near)
				continue
			}
			check(c, member, o[name])
		}
		if misspelt { // what is missing is there under another name
			return
		}
		for _, name := range needed {
			if _, ok := o[name]; !ok {
				c.report(at, "missing_field "+name, "%s needs %s", what, name)
			}
		}
		for _, f := range more {
			f(c, at, o)
		}
	}
}

// sortedKeys makes reports come in the same order every time.
func sortedKeys[V any](o map[string]V) []string {
	return appendSorted(make([]string, 0, len(o)), o)
}

func appendSorted[V any](names []string, o map[string]V) []string {
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// union is an object whose type decides which rule it follows.
func union(what string, kinds map[string]rule) rule {
	names := sortedKeys(kinds)
	return func(c *checker, at *path, x any) {
		o, ok := x.(map[string]any)
		if !ok {
			c.wrongType(at, "object", x)
			return
		}
		kind, ok := o["type"]
		if !ok {
			c.report(at, "missing_field type", "%s needs a type", what)
			return
		}
		name, ok := kind.(string)
		if !ok {
			c.wrongType(&path{up: at, key: "type"}, "string", kind)
			return
		}
		check, ok := kinds[name]
		if !ok {
			near := spelling.DidYouMean(name, names)
			if near == "" {
				near = ": use " + or(names)
			}
			sentence := "%[2]s of type %[1]q is not possible here%[3]s"
			if what == "a block" {
				sentence = "Slack has no block %[1]q%[3]s"
			}
			c.report(&path{up: at, key: "type"}, "enum "+strings.Join(names, "|"), sentence, name, what, near)
			return
		}
		check(c, at, x)
	}
}

// anyOf asks for at least one of the members, exactly one with alone.
func anyOf(what string, alone bool, names ...string) func(*checker, *path, map[string]any) {
	kind := "anyOf "
	sentence := "%s needs %s"
	if alone {
		kind, sentence = "oneOf ", "%s needs %s, and only one of them"
	}
	return func(c *checker, at *path, o map[string]any) {
		n := 0
		for _, name := range names {
			if _, ok := o[name]; ok {
				n++
			}
		}
		if n == 0 || alone && n > 1 {
			c.report(at, kind+strings.Join(names, "|"), sentence, what, or(names))
		}
	}
}
