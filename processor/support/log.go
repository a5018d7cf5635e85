package support

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

const maxLog = 256 << 10 // bytes of the log, from its end

// known are the attributes of a line that hold no text of people: names, numbers
// and words of ours. A line about a call or a script keeps only these.
var known = []string{
	"time", "level", "msg", "id", "function", "workflow", "kind", "script", "attempts", "duration",
	"sha256", "took", "every", "wait", "tries", "stack",
}

// withoutText is a line of the log, in the form text or json, without what may
// quote an incident: of a line about a call or a script (their errors may, and so
// may what a script writes to its console) only what is known to quote none is
// left. A line that cannot be read is left out.
func withoutText(line string) string {
	fields, err := fieldsOf(strings.TrimSuffix(line, "\n"))
	if err != nil {
		return fmt.Sprintf("(a line of %d bytes that is not in the form of the log)\n", len(line))
	}
	about := slices.ContainsFunc(fields, func(f field) bool { return f.key == "id" || f.key == "script" })
	var b strings.Builder
	for _, f := range fields {
		value := f.value
		if about && !slices.Contains(known, f.key) {
			value = ofLength(value)
		}
		fmt.Fprintf(&b, "%s=%s ", f.key, quoted(value))
	}
	return strings.TrimSuffix(b.String(), " ") + "\n"
}

// ofLength stands for a text that may quote somebody.
func ofLength(text string) string { return fmt.Sprintf("(%d characters)", len([]rune(text))) }

func quoted(value string) string {
	if value == "" || strings.ContainsAny(value, " =\"\\") || strconv.Quote(value) != `"`+value+`"` {
		return strconv.Quote(value)
	}
	return value
}

type field struct{ key, value string }

var errForm = errors.New("neither key=value nor JSON")

func fieldsOf(line string) (fields []field, err error) {
	if strings.HasPrefix(line, "{") {
		return jsonFields(line)
	}
	for line != "" {
		key, rest, ok := strings.Cut(line, "=")
		if !ok || key == "" || strings.ContainsAny(key, " \"") {
			return nil, errForm
		}
		value := rest
		if strings.HasPrefix(rest, `"`) {
			if value, err = strconv.QuotedPrefix(rest); err != nil {
				return nil, errForm
			}
			rest = rest[len(value):]
			if value, err = strconv.Unquote(value); err != nil {
				return nil, errForm
			}
		} else {
			value, _, _ = strings.Cut(rest, " ")
			rest = rest[len(value):]
		}
		fields = append(fields, field{key, value})
		if rest != "" && rest[0] != ' ' {
			return nil, errForm
		}
		line = strings.TrimPrefix(rest, " ")
	}
	return fields, nil
}

func jsonFields(line string) (fields []field, err error) {
	d := json.NewDecoder(strings.NewReader(line))
	if _, err := d.Token(); err != nil { // the brace
		return nil, errForm
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, errForm
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, errForm
		}
		fields = append(fields, field{fmt.Sprint(key), fmt.Sprint(value)})
	}
	return fields, nil
}

// tail is the end of a file, from the beginning of a line.
func tail(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	from := max(0, end-most)
	raw, err := io.ReadAll(io.NewSectionReader(f, from, most))
	if from > 0 {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return raw, err
}
