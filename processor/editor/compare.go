package editor

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/fn-slack/fn-slack/processor/sample"
)

// DiffersError says that a message is not the one expected.
type DiffersError struct {
	what string
	why  error  // the first difference
	Diff string // all of them
}

func (e *DiffersError) Error() string {
	return fmt.Sprintf("%s: the message is not the expected one (- expected, + now): %v", e.what, e.why)
}

func (e *DiffersError) Unwrap() error { return e.why }

// Compare compares a message with the expectation of its sample, if it has one. The error is usually a *DiffersError.
func Compare(s Shot) error {
	why := sample.Compare(s.Sample.Want, s.Rendered)
	if why == nil {
		return nil
	}
	diff, err := expectationDiff(s)
	if err != nil {
		return fmt.Errorf("sample %s: %w", s.Sample.Name, err)
	}
	return &DiffersError{what: s.Sample.Name, why: why, Diff: diff}
}

// expectationDiff is the difference between what is expected and what was
// rendered, without the members that the expectation says nothing about.
func expectationDiff(s Shot) (string, error) {
	var want, got any
	if err := json.Unmarshal(s.Sample.Want, &want); err != nil {
		return "", fmt.Errorf("the expectation is not JSON: %w", err)
	}
	js, err := sample.Expectation(s.Rendered)
	if err == nil {
		err = json.Unmarshal(js, &got)
	}
	if err != nil {
		return "", err
	}
	// A list may stand for a single message, and an object for the first of many.
	if _, ok := want.([]any); ok {
		if one, ok := got.(map[string]any); ok {
			got = []any{one}
		}
	} else if many, ok := got.([]any); ok && len(many) > 0 {
		got = many[0]
	}
	return lineDiff(textLines(pretty(want)), textLines(pretty(mentioned(want, got))))
}

// mentioned is got without the members that want leaves out.
func mentioned(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			some := map[string]any{}
			for name, value := range g {
				if w, ok := want[name]; ok {
					some[name] = mentioned(w, value)
				}
			}
			return some
		}
	case []any:
		if g, ok := got.([]any); ok {
			some := append([]any{}, g...)
			for i := range min(len(want), len(g)) {
				some[i] = mentioned(want[i], g[i])
			}
			return some
		}
	}
	return got
}

func pretty(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // it was decoded from JSON
	return b.String()
}
