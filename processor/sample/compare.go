package sample

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/render"
)

// Expectation is what a want file holds: the message that was rendered, or the
// list of them where there are several, or { "skip": "why" } where there is none; of a
// history { "archive": [lines of its text] }.
func Expectation(rendered render.Rendered) ([]byte, error) {
	var v any = rendered.Messages
	switch {
	case rendered.Archive != nil:
		v = map[string][]string{"archive": rendered.Archive}
	case rendered.Skip != "":
		v = map[string]string{"skip": rendered.Skip}
	case len(rendered.Messages) == 1:
		v = rendered.Messages[0]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

// Compare compares what was rendered with an expectation: an object for the
// first message, or for a skip, or a list for all messages. Members that the
// expectation leaves out may be anything.
func Compare(want json.RawMessage, rendered render.Rendered) error {
	want = bytes.TrimSpace(want)
	if len(want) == 0 || string(want) == "null" {
		return nil
	}
	got := any(rendered.Messages)
	switch {
	case rendered.Archive != nil:
		got = map[string][]string{"archive": rendered.Archive}
	case rendered.Skip != "":
		got = map[string]string{"skip": rendered.Skip}
	case want[0] != '[':
		got = rendered.Messages[0]
	}
	js, err := json.Marshal(got)
	if err != nil {
		return err
	}
	var w, g any
	if err := errors.Join(json.Unmarshal(want, &w), json.Unmarshal(js, &g)); err != nil {
		return fmt.Errorf("the expectation is not JSON: %w", err)
	}
	return compare("", w, g)
}

// compare reports the first difference, with the path to it.
func compare(path string, want, got any) error {
	differ := func() error {
		from := differFrom(want, got)
		return fmt.Errorf("%s: want %s, got %s", cmp.Or(path, "the message"), excerpt(want, from), excerpt(got, from))
	}
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return differ()
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if err := compare(path+"/"+name, want[name], g[name]); err != nil {
				return err
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			return differ()
		}
		for i := range min(len(want), len(g)) {
			if err := compare(fmt.Sprintf("%s/%d", path, i), want[i], g[i]); err != nil {
				return err
			}
		}
		if len(g) != len(want) {
			return fmt.Errorf("%s: want %d entries, got %d", cmp.Or(path, "the messages"), len(want), len(g))
		}
	default:
		if want != got {
			return differ()
		}
	}
	return nil
}

// The length of an excerpt, and how much of it comes before the difference, in
// characters.
const (
	maxExcerpt  = 160
	excerptLead = 40
)

// differFrom is the number of characters that two long texts have in common,
// less some to recognize the place by.
func differFrom(want, got any) int {
	w, _ := want.(string)
	g, _ := got.(string)
	rest, n := []rune(g), 0
	for i, r := range []rune(w) {
		if i >= len(rest) || rest[i] != r {
			break
		}
		n++
	}
	return max(0, n-excerptLead)
}

// excerpt is a value as JSON, as much as fits into a line or two. Of a text the
// characters before from are left out.
func excerpt(v any, from int) string {
	if v == nil {
		return "nothing"
	}
	before := ""
	if s, ok := v.(string); ok && from > 0 {
		v, before = string([]rune(s)[from:]), "…"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it was decoded from JSON
	s := []rune(strings.TrimSpace(b.String()))
	if len(s) > maxExcerpt {
		return before + string(s[:maxExcerpt]) + "…"
	}
	return before + string(s)
}
