package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// whole is what a script returned, without the halves of characters that it leaves
// when it cuts a text in the middle of an emoji: Slack takes none, and every half
// becomes U+FFFD, as it has in the texts that went through a helper. The note says
// where they are; it is "" where the script is not to blame.
func whole(output json.RawMessage, fields []formatters.Field) (repaired json.RawMessage, note string) {
	if bytes.Contains(output, []byte(`\ud`)) {
		output = resilient.Repair(output)
	}
	places := halves(output)
	if places == nil {
		return output, ""
	}
	for _, f := range fields {
		if strings.ContainsRune(f.Plain, utf8.RuneError) || strings.ContainsRune(f.Label, utf8.RuneError) {
			return output, ""
		}
	}
	more := ""
	if len(places) > maxHalves {
		places, more = places[:maxHalves], " and more"
	}
	return output, "half a character at " + strings.Join(places, "; ") + more + ": a text was cut in the middle of one; slack.truncate does not, nor does Array.from(text).slice(…)"
}

// maxHalves is how many a note names.
const maxHalves = 5

// halves are where in a result U+FFFD stands, but one more than maxHalves at most.
func halves(output json.RawMessage) (places []string) {
	if !bytes.Contains(output, []byte("\uFFFD")) && !bytes.Contains(output, []byte(`\ufffd`)) {
		return nil
	}
	type level struct {
		name  string
		index int // of a list; -1 is an object
		value bool
	}
	var path []level
	dec := json.NewDecoder(bytes.NewReader(output))
	for {
		token, err := dec.Token()
		if err != nil || len(places) > maxHalves {
			return places
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			path = path[:len(path)-1]
			continue
		}
		if top := len(path) - 1; top >= 0 {
			switch l := &path[top]; {
			case l.index >= 0:
				l.name = fmt.Sprint(l.index)
				l.index++
			case !l.value:
				l.name, l.value = token.(string), true
				continue
			default:
				l.value = false
			}
		}
		switch v := token.(type) {
		case json.Delim:
			path = append(path, level{index: strings.Index("{[", v.String()) - 1})
		case string:
			if !strings.ContainsRune(v, utf8.RuneError) {
				continue
			}
			names, n := "", 0
			for _, l := range path {
				names += "/" + l.name
			}
			for _, r := range v {
				if n++; r == utf8.RuneError && len(places) <= maxHalves {
					places = append(places, strings.TrimPrefix(fmt.Sprintf("%s, character %d", names, n), ", "))
				}
			}
		}
	}
}
