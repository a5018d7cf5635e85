package sample

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// channel is where the message of a sample goes that names no channel, and incident
// what one with slack_text is for that does not say.
const channel, incident = "general", "2223"

// Sample is one input.
type Sample struct {
	Name string
	File string // that it was read from; "" for others
	Call resilient.Call
	Want json.RawMessage // the message expected or a part of it; empty for none

	Previous json.RawMessage // slack_details of before, where a message is shown anew; nil where one is posted
}

//go:embed builtin/*.json
var builtin embed.FS

// Builtin is an incident with the nine fields of the shipped workflow.
func Builtin() Sample { return Builtins()[0] }

// Builtins are an incident, a note, a task and an artifact as workflows send them.
func Builtins() (list []Sample) {
	for _, object := range []string{"incident", "note", "task", "artifact"} {
		data, err := builtin.ReadFile("builtin/" + object + ".json")
		if err != nil {
			panic(err) // it is a part of the program
		}
		s, err := Parse("built-in "+object, data)
		if err != nil {
			panic(err)
		}
		s.Call.ObjectType = object
		list = append(list, s)
	}
	return list
}

// Parse reads a sample. An error says what is wrong with a sample that is a
// function call message; everything else can be taken for slack_details.
func Parse(name string, data []byte) (Sample, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		members = nil
	}
	switch {
	case members["function"] != nil && members["inputs"] != nil:
		before, err := previous(members)
		if err != nil {
			return Sample{}, err
		}
		call, err := resilient.DecodeCall(data)
		return Sample{Name: name, Call: call, Previous: before}, err
	case hasInput(members):
		before, err := previous(members)
		if err != nil {
			return Sample{}, err
		}
		s, err := fromInputs(name, data)
		s.Previous = before
		return s, err
	}
	return fromDetails(name, string(data), nil)
}

// hasInput tells the inputs of a call from slack_details, whose members are
// labels that people read.
func hasInput(members map[string]json.RawMessage) bool {
	for name := range members {
		if strings.HasPrefix(name, "slack_") {
			return true
		}
	}
	return false
}

func fromDetails(name, details string, inputs json.RawMessage) (Sample, error) {
	members, err := json.Marshal(map[string]string{"slack_details": details})
	if err != nil {
		return Sample{}, err
	}
	merged, err := merge(members, inputs)
	if err != nil {
		return Sample{}, fmt.Errorf("inputs: %w", err)
	}
	return fromInputs(name, merged)
}

// fromInputs makes the message that the platform would send with these inputs.
func fromInputs(name string, inputs json.RawMessage) (Sample, error) {
	given := `{"slack_channel":"` + channel + `"}`
	var members map[string]json.RawMessage
	if json.Unmarshal(inputs, &members) == nil && members["slack_text"] != nil { // it belongs to an incident
		given = `{"incident_id":` + incident + `,"slack_channel":"` + channel + `"}`
	}
	inputs, err := merge(json.RawMessage(given), inputs)
	if err != nil {
		return Sample{}, err
	}
	message := fmt.Appendf(nil, `{"function":{"name":%q},"inputs":%s}`, render.Function, inputs)
	call, err := resilient.DecodeCall(message)
	return Sample{Name: name, Call: call}, err
}

// merge puts the members of over behind those of base: where a name occurs
// twice, the reader of calls takes the last.
func merge(base, over json.RawMessage) (json.RawMessage, error) {
	over = bytes.TrimSpace(over)
	if len(over) == 0 || string(over) == "null" {
		return base, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(over, &members); err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return base, nil
	}
	head := bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(base), []byte("}")))
	if string(head) == "{" {
		return over, nil
	}
	return slices.Concat(head, []byte(","), over[1:]), nil
}

// Override gives an input of the call another value, as text.
func (s *Sample) Override(input, value string) error {
	inputs, err := s.Call.Inputs.MarshalJSON()
	if err != nil {
		return err
	}
	one, err := json.Marshal(map[string]string{input: value})
	if err != nil {
		return err
	}
	if inputs, err = merge(inputs, one); err != nil {
		return err
	}
	return json.Unmarshal(inputs, &s.Call.Inputs)
}
