package members

import (
	"bytes"
	"encoding/json"
)

// All of these go through what begins at i, and give where it ends, -1 where it is
// wrong.

// maxDepth is how many objects and lists there may be in each other, as in encoding/json.
const maxDepth = 10_000

func value(js []byte, i, depth int) int {
	if i == len(js) || depth == maxDepth && (js[i] == '{' || js[i] == '[') {
		return -1
	}
	switch c := js[i]; {
	case c == '"':
		return text(js, i)
	case c == '{':
		return object(js, i, depth, nil)
	case c == '[':
		return list(js, i, depth, nil)
	case c == '-' || digit(c):
		return number(js, i)
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(js[i:], []byte(word)) {
			return i + len(word)
		}
	}
	return -1
}

func object(js []byte, i, depth int, f func(name []byte, raw json.RawMessage)) int {
	i = blank(js, i+1)
	if is(js, i, '}') {
		return i + 1
	}
	for {
		begin := i
		if i = text(js, begin); i < 0 {
			return -1
		}
		called := js[begin:i]
		if i = blank(js, i); !is(js, i, ':') {
			return -1
		}
		begin = blank(js, i+1)
		if i = value(js, begin, depth+1); i < 0 {
			return -1
		}
		if f != nil {
			f(name(called), js[begin:i:i])
		}
		if i = blank(js, i); is(js, i, '}') {
			return i + 1
		}
		if !is(js, i, ',') {
			return -1
		}
		i = blank(js, i+1)
	}
}

func list(js []byte, i, depth int, f func(raw json.RawMessage)) int {
	i = blank(js, i+1)
	if is(js, i, ']') {
		return i + 1
	}
	for {
		begin := i
		if i = value(js, begin, depth+1); i < 0 {
			return -1
		}
		if f != nil {
			f(js[begin:i:i])
		}
		if i = blank(js, i); is(js, i, ']') {
			return i + 1
		}
		if !is(js, i, ',') {
			return -1
		}
		i = blank(js, i+1)
	}
}

func text(js []byte, i int) int {
	if !is(js, i, '"') {
		return -1
	}
	for i++; i < len(js); i++ {
		switch c := js[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i = escape(js, i+1); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// escape gives where the last of its signs is.
func escape(js []byte, i int) int {
	switch {
	case i == len(js):
		return -1
	case js[i] != 'u':
		if bytes.IndexByte([]byte(`"\\/bfnrt`), js[i]) < 0 {
			return -1
		}
		return i
	}
	for range 4 {
		if i++; i == len(js) || !digit(js[i]) && (js[i]|' ' < 'a' || js[i]|' ' > 'f') {
			return -1
		}
	}
	return i
}

func number(js []byte, i int) int {
	digits := func() bool {
		begin := i
		for i < len(js) && digit(js[i]) {
			i++
		}
		return i > begin
	}
	if js[i] == '-' {
		i++
	}
	if is(js, i, '0') {
		i++
	} else if !digits() {
		return -1
	}
	if is(js, i, '.') {
		if i++; !digits() {
			return -1
		}
	}
	if is(js, i, 'e') || is(js, i, 'E') {
		if i++; is(js, i, '+') || is(js, i, '-') {
			i++
		}
		if !digits() {
			return -1
		}
	}
	return i
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// is says whether there is a sign.
func is(js []byte, i int, c byte) bool { return i < len(js) && js[i] == c }

// blank goes through white space.
func blank(js []byte, i int) int {
	for i < len(js) && (js[i] == ' ' || js[i] == '\n' || js[i] == '\r' || js[i] == '\t') {
		i++
	}
	return i
}
