package resilient

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	bpmnSpace      = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	resilientSpace = "http://resilient.ibm.com/bpmn"
)

// A Step is a function call in a workflow.
type Step struct {
	Name     string // as the editor shows it
	Function string // uuid
	StepScript
}

// A StepScript is what a workflow says of one of its function calls.
type StepScript struct {
	// Inputs are the fixed ones, by the uuid of the field.
	Inputs map[string]FixedInput `json:"inputs"`
	// Pre runs before the call and sets inputs; Post runs after it.
	Pre          string `json:"pre_processing_script,omitempty"`
	PreLanguage  string `json:"pre_processing_script_language,omitempty"`
	Post         string `json:"post_processing_script,omitempty"`
	PostLanguage string `json:"post_processing_script_language,omitempty"`
	// Result is the name by which a playbook's scripts know what the call gave.
	Result string `json:"result_name,omitempty"`
}

// A FixedInput is an input whose value stands in the workflow.
type FixedInput struct {
	Type  string     `json:"input_type"` // static
	Value FixedValue `json:"static_input"`
}

// A FixedValue has one of its members.
type FixedValue struct {
	Multi  list[string] `json:"multiselect_value"`
	Text   string       `json:"text_value,omitempty"`
	Select string       `json:"select_value,omitempty"` // uuid of the option
}

// Steps reads the function calls out of the workflow's XML, in the order in
// which they stand there.
func (w WorkflowDefinition) Steps() ([]Step, error) {
	steps, err := readSteps(w.Content.XML)
	if err != nil {
		return nil, fmt.Errorf("workflow %s: %w", w.ProgrammaticName, err)
	}
	return steps, nil
}

func readSteps(bpmn string) ([]Step, error) {
	var steps []Step
	var name string
	dec := xml.NewDecoder(strings.NewReader(bpmn))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return steps, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name {
		case xml.Name{Space: bpmnSpace, Local: "serviceTask"}:
			name = attribute(start, "name")
		case xml.Name{Space: resilientSpace, Local: "function"}:
			var text string
			if err := dec.DecodeElement(&text, &start); err != nil {
				return nil, err
			}
			step := Step{Name: name, Function: attribute(start, "uuid")}
			if err := json.Unmarshal([]byte(text), &step.StepScript); err != nil {
				return nil, fmt.Errorf("function %s: %w", step.Function, err)
			}
			steps = append(steps, step)
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
