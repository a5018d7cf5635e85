package sample

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
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
	History  *History        // the channel that is archived; nil for other calls

	file Upload // as far as the sample says
}

//go:embed builtin/*.json
var builtin embed.FS

// Builtin is an incident with the nine fields of the shipped workflow.
func Builtin() Sample { return Builtins()[0] }

// Builtins are an incident, a note, a task and an artifact as workflows send them.
func Builtins() (list []Sample) {
	for _, object := range []string{"incident", "note", "task", "artifact"} {
		s := embedded(object)
		s.Call.ObjectType = object
		list = append(list, s)
	}
	return list
}

func embedded(name string) Sample {
	data, err := builtin.ReadFile("builtin/" + name + ".json")
	if err != nil {
		panic(err) // it is a part of the program
	}
	s, err := Parse("built-in "+name, data)
	if err != nil {
		panic(err)
	}
	return s
}

// Parse reads a sample. An error says what is wrong with a sample that is a function
// call message or a history; everything else can be taken for slack_details.
func Parse(name string, data []byte) (Sample, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		members = nil
	}
	s, all := Sample{Name: name}, len(members)
	wrong := s.beside(data, members)
	var err error
	switch {
	case members["function"] != nil && members["inputs"] != nil:
		s.Call, err = resilient.DecodeCall(data)
	case s.History != nil:
		s.Call, err = fromInputs(render.ArchiveFunction, members["inputs"])
	case hasInput(members):
		if len(members) < all { // what was taken out is no input
			if data, err = json.Marshal(members); err != nil {
				return Sample{}, err
			}
		}
		s.Call, err = fromInputs(functionOf(members), data)
	default: // whose labels may have any name
		s, wrong = Sample{Name: name}, nil
		s.Call, err = fromDetails(string(data), nil)
	}
	return s, cmp.Or(wrong, err)
}

// inline is a sample that stands in a script, as [Parse] has it, but for its want.
func inline(in render.Sample) (Sample, error) {
	s := Sample{Name: in.Name}
	wrong := s.beside(nil, map[string]json.RawMessage{"previous": in.Previous, "file": in.File, "messages": in.Messages, "names": in.Names})
	var inputs map[string]json.RawMessage
	_ = json.Unmarshal(in.Inputs, &inputs) // merge says what is wrong
	var err error
	switch details := string(in.Details); {
	case s.History != nil:
		s.Call, err = fromInputs(render.ArchiveFunction, in.Inputs)
	case in.Details == nil:
		s.Call, err = fromInputs(functionOf(inputs), in.Inputs)
	default:
		var text string
		if json.Unmarshal(in.Details, &text) == nil {
			details = text
		}
		s.Call, err = fromDetails(details, in.Inputs)
	}
	return s, cmp.Or(wrong, err)
}

// beside takes out of the members of a sample what is none of its call's.
func (s *Sample) beside(data []byte, members map[string]json.RawMessage) error {
	var errs [3]error
	s.Previous, errs[0] = previous(members)
	s.file, errs[1] = readUpload(members)
	s.History, errs[2] = readHistory(data, members)
	return errors.Join(errs[:]...)
}

// functionOf tells by its inputs which function is called. An object is the data of a
// label of that name.
func functionOf(inputs map[string]json.RawMessage) string {
	for _, name := range []string{"attachment_id", "artifact_id"} {
		if value := inputs[name]; value != nil && value[0] != '{' {
			return render.FileFunction
		}
	}
	return render.Function
}

// hasInput tells the inputs of a call from slack_details, whose members are
// labels that people read.
func hasInput(members map[string]json.RawMessage) bool {
	if functionOf(members) != render.Function {
		return true
	}
	for name := range members {
		if strings.HasPrefix(name, "slack_") {
			return true
		}
	}
	return false
}

func fromDetails(details string, inputs json.RawMessage) (call resilient.Call, err error) {
	members, err := json.Marshal(map[string]string{"slack_details": details})
	if err != nil {
		return call, err
	}
	merged, err := merge(members, inputs)
	if err != nil {
		return call, fmt.Errorf("inputs: %w", err)
	}
	return fromInputs(render.Function, merged)
}

// fromInputs makes the message that the platform would send with these inputs.
func fromInputs(function string, inputs json.RawMessage) (call resilient.Call, err error) {
	given := `{"slack_channel":"` + channel + `"}`
	var members map[string]json.RawMessage
	_ = json.Unmarshal(inputs, &members)                             // merge says what is wrong
	if function != render.Function || members["slack_text"] != nil { // it belongs to an incident
		given = `{"incident_id":` + incident + `,"slack_channel":"` + channel + `"}`
	}
	inputs, err = merge(json.RawMessage(given), inputs)
	if err != nil {
		return call, err
	}
	message := fmt.Appendf(nil, `{"function":{"name":%q},"inputs":%s}`, function, inputs)
	return resilient.DecodeCall(message)
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
