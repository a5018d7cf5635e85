package formatters

import (
	"encoding/json"
	"html"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// fidelityCase is an input of which somebody has said what must be seen of it.
type fidelityCase struct {
	ID, Kind, Input         string
	Contains, Never, Labels []string
	Column                  map[string]int
	Numbers                 map[string]string
	Differ                  [][2]string
}

// TestCases reads inputs of which somebody has said what must be seen of them in
// the classic layout: data that tries to be a field, texts that cannot be read
// for sure or were pasted together, HTML of people, colons that are no emoji.
func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/fidelity.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		var c fidelityCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		seen[c.Kind] = true
		t.Run(c.ID, func(t *testing.T) { c.check(t) })
	}
	if len(seen) != 6 {
		t.Errorf("there are cases of %v only", seen)
	}
}

func (c fidelityCase) check(t *testing.T) {
	list, notes, err := details.Read(c.Input)
	if c.Kind != "refuse" && err != nil || c.Kind == "refuse" && err == nil && len(notes) == 0 {
		t.Errorf("got error %v, notes %q", err, notes)
	}
	fields := Options{}.Fields(list)
	message := html.UnescapeString(Classic(fields, true))
	if c.Kind != "emoji" { // of which a guard is all that is to be seen
		message = strings.ReplaceAll(message, mrkdwn.Joiner, "")
	}
	if c.Kind == "plain" || c.Kind == "cells" {
		message = ""
		for _, f := range fields {
			message += f.Plain + "\n"
		}
	}
	for _, want := range c.Contains {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not in %q", want, message)
		}
	}
	for _, bad := range c.Never {
		if strings.Contains(message, bad) {
			t.Errorf("%q is in %q", bad, message)
		}
	}
	var labels []string
	for _, d := range list {
		labels = append(labels, d.Label)
	}
	if c.Labels != nil && !slices.Equal(labels, c.Labels) {
		t.Errorf("got labels %q, want %q", labels, c.Labels)
	}
	before := func(text string) string { // what stands before it in its line
		for line := range strings.Lines(message) {
			if before, _, found := strings.Cut(line, text); found {
				return before
			}
		}
		t.Errorf("%q is not in %q", text, message)
		return ""
	}
	place := func(text string) int {
		if left := before(text); strings.Contains(message, " | ") {
			return strings.Count(left, " | ")
		} else {
			return len(left)
		}
	}
	for a, x := range c.Column {
		for b, y := range c.Column {
			if (x == y) != (place(a) == place(b)) || x < y && place(a) > place(b) {
				t.Errorf("%q and %q are in columns %d and %d: %q", a, b, x, y, message)
			}
		}
	}
	for text, want := range c.Numbers {
		if got := strings.TrimSuffix(strings.TrimSpace(before(text)), "."); got != want {
			t.Errorf("before %q stands %q, want %q", text, got, want)
		}
	}
	for _, pair := range c.Differ {
		if before(pair[0]) == before(pair[1]) {
			t.Errorf("%q looks like %q: %q", pair[0], pair[1], message)
		}
	}
}
