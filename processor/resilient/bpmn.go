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
	var steps []Step
	var name string
	dec := xml.NewDecoder(strings.NewReader(w.Content.XML))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return steps, nil
		}
		if err != nil {
			return nil, fmt.Errorf("workflow %s: %w", w.ProgrammaticName, err)
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
				return nil, fmt.Errorf("workflow %s: %w", w.ProgrammaticName, err)
			}
			step := Step{Name: name, Function: attribute(start, "uuid")}
			if err := json.Unmarshal([]byte(text), &step.StepScript); err != nil {
				return nil, fmt.Errorf("workflow %s: function %s: %w", w.ProgrammaticName, step.Function, err)
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

// workflowXML writes a workflow of one function call: start, call, end, and a
// note beside them, with the diagram that the platform's editor shows.
func workflowXML(id, name, description, note string, step Step) string {
	e := func(text string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
		return b.String()
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="` + bpmnSpace + `" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" xmlns:omgdi="http://www.omg.org/spec/DD/20100524/DI" xmlns:resilient="` + resilientSpace + `" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://www.camunda.org/test">
<process id="` + e(id) + `" isExecutable="true" name="` + e(name) + `"><documentation>` + e(description) + `</documentation>
<startEvent id="StartEvent_1"><outgoing>SequenceFlow_1</outgoing></startEvent>
<serviceTask id="ServiceTask_1" name="` + e(step.Name) + `" resilient:type="function"><extensionElements><resilient:function uuid="` + e(step.Function) + `">` +
		e(string(encode(step.StepScript))) + `</resilient:function></extensionElements><incoming>SequenceFlow_1</incoming><outgoing>SequenceFlow_2</outgoing></serviceTask>
<sequenceFlow id="SequenceFlow_1" sourceRef="StartEvent_1" targetRef="ServiceTask_1"/>
<endEvent id="EndEvent_1"><incoming>SequenceFlow_2</incoming></endEvent>
<sequenceFlow id="SequenceFlow_2" sourceRef="ServiceTask_1" targetRef="EndEvent_1"/>
<textAnnotation id="TextAnnotation_1"><text>` + e(note) + `</text></textAnnotation>
<association id="Association_1" sourceRef="ServiceTask_1" targetRef="TextAnnotation_1"/>
</process>
` + diagram + `
</definitions>`
}

// diagram places the elements of workflowXML.
const diagram = `<bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane bpmnElement="undefined" id="BPMNPlane_1">
<bpmndi:BPMNShape bpmnElement="StartEvent_1" id="StartEvent_1_di"><omgdc:Bounds height="36" width="36" x="160" y="190"/><bpmndi:BPMNLabel><omgdc:Bounds height="0" width="90" x="133" y="226"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="ServiceTask_1" id="ServiceTask_1_di"><omgdc:Bounds height="80" width="100" x="290" y="168"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="EndEvent_1" id="EndEvent_1_di"><omgdc:Bounds height="36" width="36" x="480" y="190"/><bpmndi:BPMNLabel><omgdc:Bounds height="0" width="90" x="453" y="226"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="TextAnnotation_1" id="TextAnnotation_1_di"><omgdc:Bounds height="60" width="260" x="240" y="290"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge bpmnElement="SequenceFlow_1" id="SequenceFlow_1_di"><omgdi:waypoint x="196" xsi:type="omgdc:Point" y="208"/><omgdi:waypoint x="290" xsi:type="omgdc:Point" y="208"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge bpmnElement="SequenceFlow_2" id="SequenceFlow_2_di"><omgdi:waypoint x="390" xsi:type="omgdc:Point" y="208"/><omgdi:waypoint x="480" xsi:type="omgdc:Point" y="208"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge bpmnElement="Association_1" id="Association_1_di"><omgdi:waypoint x="340" xsi:type="omgdc:Point" y="248"/><omgdi:waypoint x="350" xsi:type="omgdc:Point" y="290"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>`
