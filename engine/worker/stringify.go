package worker

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// jsonWriter writes values as JSON.stringify does, in a part of the time: that
// of goja makes a text of UTF-16 and goes over it character by character. It
// takes plain objects, arrays and primitive values, and leaves the rest to
// JSON.stringify, above all every error, toJSON, what is nested deeply, and
// halves of surrogate pairs. A getter of a value that is left runs twice.
type jsonWriter struct {
	prototype *goja.Object // of objects
	array     *goja.Object // of arrays
	limit     int          // bytes
	b         []byte
}

var (
	plainObject = reflect.TypeFor[map[string]any]()
	plainArray  = reflect.TypeFor[[]any]()
)

// write reports whether w.b has the value now. Exceptions of getters pass
// through it.
func (w *jsonWriter) write(v goja.Value, depth int) bool {
	if len(w.b) > w.limit || depth == maxPlainDepth {
		return false
	}
	switch v := v.(type) {
	case *goja.Object:
		switch {
		case isPlain(v, plainObject, w.prototype):
			return w.object(v, depth)
		case isPlain(v, plainArray, w.array):
			return w.list(v, depth)
		}
		return false
	case goja.String:
		return w.text(v.String())
	}
	switch {
	case goja.IsNull(v):
		w.b = append(w.b, "null"...)
	case goja.IsNumber(v):
		w.number(v)
	case v.ExportType() == typeBool:
		w.b = strconv.AppendBool(w.b, v.ToBoolean())
	default: // a big integer, which has no JSON
		return false
	}
	return true
}

// isPlain reports whether an object is nothing but its properties.
func isPlain(o *goja.Object, t reflect.Type, prototype *goja.Object) bool {
	return o.ExportType() == t && o.Prototype() == prototype && nothing(o.Get("toJSON"))
}

// silent reports whether JSON.stringify says nothing of a value.
func silent(v goja.Value) bool {
	if v == nil || goja.IsUndefined(v) {
		return true
	}
	if _, ok := v.(*goja.Symbol); ok {
		return true
	}
	_, ok := goja.AssertFunction(v)
	return ok
}

func (w *jsonWriter) object(o *goja.Object, depth int) bool {
	w.b = append(w.b, '{')
	first := true
	for _, key := range o.Keys() {
		if strings.ContainsRune(key, utf8.RuneError) { // perhaps not the key that it was
			return false
		}
		v := o.Get(key)
		if silent(v) {
			continue
		}
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		if !w.text(key) {
			return false
		}
		w.b = append(w.b, ':')
		if !w.write(v, depth+1) {
			return false
		}
	}
	w.b = append(w.b, '}')
	return true
}

func (w *jsonWriter) list(o *goja.Object, depth int) bool {
	w.b = append(w.b, '[')
	n := o.Get("length").ToInteger()
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		v := o.Get(strconv.FormatInt(i, 10))
		if silent(v) {
			v = goja.Null()
		}
		if !w.write(v, depth+1) {
			return false
		}
	}
	w.b = append(w.b, ']')
	return true
}

func (w *jsonWriter) number(v goja.Value) {
	if f := v.ToFloat(); math.IsNaN(f) || math.IsInf(f, 0) {
		w.b = append(w.b, "null"...)
		return
	}
	w.b = append(w.b, v.String()...)
}

// text is false where the text may have held half of a surrogate pair, which
// only JSON.stringify knows how to write.
func (w *jsonWriter) text(s string) bool {
	if strings.ContainsRune(s, utf8.RuneError) {
		return false
	}
	w.b = append(w.b, '"')
	done := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		w.b = append(w.b, s[done:i]...)
		done = i + 1
		if n := strings.IndexByte("\"\\\b\f\n\r\t", c); n >= 0 {
			w.b = append(w.b, '\\', `"\bfnrt`[n])
		} else {
			w.b = fmt.Appendf(w.b, `\u%04x`, c)
		}
	}
	w.b = append(append(w.b, s[done:]...), '"')
	return true
}
