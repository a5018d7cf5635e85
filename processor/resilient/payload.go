package resilient

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fn-slack/fn-slack/processor/members"
)

// A ResultPayload is the results object of a call: version 1.0 of the form
// that the platform's own apps use, merged with the whole answer of the service
// that was called, because scripts written for the first version of the
// function read the answer at the top level (results.ts, results.ok).
//
// The object has these members:
//
//	version   "1.0"
//	success   whether the function did what was asked
//	reason    why not, or null
//	content   the answer of the service, or null
//	raw       "", as in the newest of those apps: it was content once more, as text
//	inputs    the inputs as they came
//	metrics   version, package, package_version, host, execution_time_ms, timestamp
//	…         the members of Extra
//	…         the members of Answer
//
// Where names collide, these come first, then Extra, then Answer. Nothing is
// lost by that: content always holds the whole answer.
type ResultPayload struct {
	Answer  json.RawMessage // a JSON object; empty for none
	Success bool
	Reason  string // empty becomes null
	Inputs  Inputs
	Metrics Metrics
	Extra   map[string]any
}

// Metrics tell who answered, and how long it took.
type Metrics struct {
	Package        string
	PackageVersion string
	Host           string
	Execution      time.Duration
	Timestamp      time.Time // written to the second, in its own location
}

// MarshalJSON writes the members in the order of the list above.
func (p ResultPayload) MarshalJSON() ([]byte, error) { return p.appendTo(nil) }

func (p ResultPayload) appendTo(b []byte) ([]byte, error) {
	content := json.RawMessage("null")
	if !absent(p.Answer) {
		content = p.Answer
	}
	metrics, err := p.Metrics.MarshalJSON()
	if err != nil {
		return nil, err
	}
	reason := []byte("null")
	if p.Reason != "" {
		reason = encode(p.Reason)
	}

	b = append(slices.Grow(b, 2*len(content)+2<<10), '{')
	seen := make(map[string]bool, 24) // most results have fewer members
	add := func(name string, js []byte) {
		if seen[name] {
			return
		}
		if len(seen) > 0 {
			b = append(b, ',')
		}
		seen[name] = true
		b = appendMember(b, name, js)
	}
	add("version", []byte(`"1.0"`))
	add("success", strconv.AppendBool(nil, p.Success))
	add("reason", reason)
	add("content", content)
	add("raw", []byte(`""`))
	add("inputs", p.Inputs.appendTo(nil))
	add("metrics", metrics)
	for _, name := range slices.Sorted(maps.Keys(p.Extra)) {
		js, err := encodeAny(p.Extra[name])
		if err != nil {
			return nil, fmt.Errorf("results.%s: %w", name, err)
		}
		add(name, js)
	}
	if absent(p.Answer) {
		return append(b, '}'), nil
	}
	if members.Each(p.Answer, func(name []byte, js json.RawMessage) { add(string(name), js) }) != nil {
		return nil, errors.New("the service's answer is not a JSON object: " + excerpt(p.Answer))
	}
	return append(b, '}'), nil
}

// MarshalJSON writes the members that the platform's own apps write.
func (m Metrics) MarshalJSON() ([]byte, error) {
	return encodeAny(struct {
		Version        string `json:"version"`
		Package        string `json:"package"`
		PackageVersion string `json:"package_version"`
		Host           string `json:"host"`
		Execution      int64  `json:"execution_time_ms"`
		Timestamp      string `json:"timestamp"`
	}{"1.0", m.Package, m.PackageVersion, m.Host, m.Execution.Milliseconds(), m.Timestamp.Format(time.DateTime)})
}
