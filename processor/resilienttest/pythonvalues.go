package resilienttest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shown names an expression in an error.
func (n *pyNode) shown() string {
	switch n.kind {
	case "name":
		return n.name
	case "attribute":
		return n.kids[0].shown() + "." + n.name
	case "constant":
		return pyText(n.value)
	}
	return "this"
}

func pyAttribute(n *pyNode, on any) (any, error) {
	attrs, ok := on.(map[string]any)
	if o, is := on.(*pyObject); is {
		attrs, ok = o.attrs, true
	}
	if v, has := attrs[n.name]; ok && has {
		return v, nil
	}
	return nil, pyFail(n.line, "%s has no attribute '%s'", n.kids[0].shown(), n.name)
}

func pyMethod(on any, name string, args []any) (any, error) {
	switch on := on.(type) {
	case string:
		switch name {
		case "replace":
			if len(args) == 2 {
				from, ok1 := args[0].(string)
				to, ok2 := args[1].(string)
				if ok1 && ok2 {
					if strings.Count(on, from)*len(to) > pyLengthLimit {
						return nil, fmt.Errorf("the text is longer than %d bytes", pyLengthLimit)
					}
					return strings.ReplaceAll(on, from, to), nil
				}
			}
			return nil, fmt.Errorf("takes two texts")
		case "join":
			list, ok := only(args).([]any)
			if !ok {
				return nil, fmt.Errorf("takes a list")
			}
			var b strings.Builder
			for i, one := range list {
				text, ok := one.(string)
				if !ok {
					return nil, fmt.Errorf("item %d is no text", i)
				}
				if i > 0 {
					b.WriteString(on)
				}
				if b.WriteString(text); b.Len() > pyLengthLimit {
					break // which the caller reports
				}
			}
			return b.String(), nil
		}
	case map[string]any:
		if key, ok := only(args).(string); ok && name == "get" {
			return on[key], nil
		}
	}
	return nil, fmt.Errorf("there is no such method")
}

func pyTrue(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// pyText is str(); lists look as those of the platform, which are Java's.
func pyText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case []any:
		var b strings.Builder
		for i, one := range v {
			b.WriteString(map[bool]string{true: "[", false: ", "}[i == 0])
			if b.WriteString(pyText(one)); b.Len() > pyLengthLimit {
				return b.String() // too long, as eval reports
			}
		}
		return map[bool]string{true: "["}[len(v) == 0] + b.String() + "]"
	}
	return fmt.Sprint(v)
}

func pyOperate(op string, v []any) (any, error) {
	switch op {
	case "not":
		return !pyTrue(v[0]), nil
	case "minus":
		if n, ok := v[0].(int64); ok {
			return -n, nil
		}
	case "==", "is":
		return pyEqual(v[0], v[1]), nil
	case "!=", "is not":
		return !pyEqual(v[0], v[1]), nil
	case "in", "not in":
		list, ok := v[1].([]any)
		if !ok {
			break
		}
		found := slices.ContainsFunc(list, func(one any) bool { return pyEqual(one, v[0]) })
		return found == (op == "in"), nil
	case "%":
		if format, ok := v[0].(string); ok {
			return pyFormat(format, v[1])
		}
	case "+":
		if a, ok := v[0].(string); ok {
			if b, ok := v[1].(string); ok {
				return a + b, nil
			}
		}
	}
	a, ok1 := v[0].(int64)
	b, ok2 := v[len(v)-1].(int64)
	if ok1 && ok2 && len(v) == 2 {
		switch op {
		case "+":
			return a + b, nil
		case "-":
			return a - b, nil
		case "*":
			return a * b, nil
		case "<":
			return a < b, nil
		case ">":
			return a > b, nil
		case "<=":
			return a <= b, nil
		case ">=":
			return a >= b, nil
		}
	}
	return nil, fmt.Errorf("%s does not work on these values", op)
}

// pyEqual compares plain values; of others it knows only whether they are one.
func pyEqual(a, b any) bool {
	switch a.(type) {
	case nil, bool, int64, string, *pyObject, *pyFunction:
		return a == b
	}
	return false
}

// pyFormat is the operator % of texts.
func pyFormat(format string, v any) (string, error) {
	args, ok := v.(pyTuple)
	if !ok {
		args = pyTuple{v}
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(format, "%")
		b.WriteString(before)
		if !found {
			break
		}
		if format, found = strings.CutPrefix(rest, "%"); found {
			b.WriteByte('%')
			continue
		}
		if b.Len() > pyLengthLimit {
			return b.String(), nil // too long, as eval reports
		}
		if len(args) == 0 {
			return "", fmt.Errorf("not enough arguments for the format")
		}
		n, isNumber := args[0].(int64)
		switch {
		case strings.HasPrefix(rest, "s"):
			b.WriteString(pyText(args[0]))
			format = rest[1:]
		case strings.HasPrefix(rest, "d") && isNumber:
			b.WriteString(strconv.FormatInt(n, 10))
			format = rest[1:]
		case strings.HasPrefix(rest, "04x") && isNumber:
			fmt.Fprintf(&b, "%04x", n)
			format = rest[3:]
		default:
			return "", fmt.Errorf("%%%s is not part of what the stand-in understands", rest[:min(len(rest), 3)])
		}
		args = args[1:]
	}
	if len(args) > 0 {
		return "", fmt.Errorf("not all arguments were used by the format")
	}
	return b.String(), nil
}
