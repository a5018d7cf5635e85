package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// differsError says that a message is not the one expected.
type differsError struct {
	what string
	why  error  // the first difference
	diff string // all of them
}

func (e *differsError) Error() string {
	return fmt.Sprintf("%s: the message is not the expected one (- expected, + now): %v", e.what, e.why)
}

func (e *differsError) Unwrap() error { return e.why }

// compare compares a message with the expectation of its sample, if it has one.
func compare(s shot) error {
	why := sample.Compare(s.sample.Want, s.rendered)
	if why == nil {
		return nil
	}
	diff, err := expectationDiff(s)
	if err != nil {
		return fmt.Errorf("sample %s: %w", s.sample.Name, err)
	}
	return &differsError{what: s.sample.Name, why: why, diff: diff}
}

// expectationDiff is the difference between what is expected and what was
// rendered, without the members that the expectation says nothing about.
func expectationDiff(s shot) (string, error) {
	var want, got any
	if err := json.Unmarshal(s.sample.Want, &want); err != nil {
		return "", fmt.Errorf("the expectation is not JSON: %w", err)
	}
	js, err := sample.Expectation(s.rendered)
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
	return lineDiff(pretty(want), pretty(mentioned(want, got)))
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

// check compares with the stored expectation, which must be there.
func (p *program) check(s shot) error {
	if len(s.sample.Want) == 0 {
		return noExpectation(s.sample)
	}
	if err := compare(s); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: as expected\n", preview.PrintableLine(s.sample.Name))
	return nil
}

func noExpectation(in sample.Sample) error {
	return fmt.Errorf("%s: there is no stored expectation %s: --update writes it", in.Name, filepath.Base(sample.WantPath(in.File)))
}

// update stores the message as the expectation.
func (p *program) update(s shot) error {
	js, err := sample.Expectation(s.rendered)
	if err != nil {
		return err
	}
	name := sample.WantPath(s.sample.File)
	if bytes.Equal(js, s.sample.Want) {
		fmt.Fprintf(p.stdout, "%s: unchanged\n", preview.PrintableLine(name))
		return nil
	}
	if err := os.WriteFile(name, js, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: written\n", preview.PrintableLine(name))
	return nil
}
