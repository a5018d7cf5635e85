package resilient

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/members"
)

// A Call is one function call of a workflow.
type Call struct {
	// Function is the API name of the function, such as slack_post_message.
	Function string
	// Workflow is the API name of the calling workflow, its display name where
	// there is no API name, or empty where the message does not say.
	Workflow string
	// ObjectType is the kind of object that the workflow runs on: incident,
	// note, task, artifact. Empty where the message does not say.
	ObjectType string
	// Principal is the account that set the workflow off, by its login name.
	Principal string
	// Inputs are the function's inputs in the order of the message.
	Inputs Inputs
	// Raw is the whole message: valid UTF-8, unpaired surrogates replaced.
	Raw json.RawMessage
}

// A MalformedError tells why a message is not a function call.
type MalformedError struct {
	// Where is a path into the message such as function.name, or a position
	// such as "byte 17". Empty when the whole message is meant.
	Where string
	// Reason says what is wrong.
	Reason string
}

// Error says where and why.
func (e *MalformedError) Error() string {
	if e.Where == "" {
		return "not a function call: " + e.Reason
	}
	return "not a function call: " + e.Where + ": " + e.Reason
}

// Kind is that of the workflow author's mistakes.
func (e *MalformedError) Kind() (kind.Kind, string) { return kind.Malformed, kind.NoCall }

// named is what the platform sends for nearly everything that has a name.
type named struct {
	Name             string `json:"name"`
	ProgrammaticName string `json:"programmatic_name"`
	ObjectType       *named `json:"object_type"`
}

// DecodeCall reads a message body. The error is a *MalformedError.
//
// Only the function's name and the inputs must be readable; what else is
// missing or has an unexpected form is left empty, because a message that can
// be served is better served.
func DecodeCall(body []byte) (Call, error) {
	body = Repair(body)
	var top struct{ function, inputs, workflow, principal, action json.RawMessage }
	if err := members.Each(body, func(name []byte, raw json.RawMessage) {
		switch string(name) {
		case "function":
			top.function = raw
		case "inputs":
			top.inputs = raw
		case "workflow":
			top.workflow = raw
		case "principal":
			top.principal = raw
		case "action_id":
			top.action = raw
		}
	}); err != nil {
		return Call{}, notAnObject(body, err)
	}
	if absent(top.function) {
		reason := "missing"
		if !absent(top.action) {
			reason += ": this is the message of a rule whose destination is this queue; let the rule run a workflow with the function instead"
		}
		return Call{}, &MalformedError{Where: "function", Reason: reason}
	}
	var function struct {
		Name *string `json:"name"`
	}
	if err := json.Unmarshal(top.function, &function); err != nil {
		return Call{}, &MalformedError{Where: "function", Reason: "want an object with a name, got " + excerpt(top.function)}
	}
	if function.Name == nil || strings.TrimSpace(*function.Name) == "" {
		return Call{}, &MalformedError{Where: "function.name", Reason: "missing or empty"}
	}
	c := Call{Function: *function.Name, Raw: body}
	if !absent(top.inputs) {
		if err := c.Inputs.read(top.inputs); err != nil {
			return Call{}, &MalformedError{Where: "inputs", Reason: err.Error()}
		}
	}
	workflow := lenient(top.workflow)
	c.Workflow = cmp.Or(workflow.ProgrammaticName, workflow.Name)
	if workflow.ObjectType != nil {
		c.ObjectType = workflow.ObjectType.Name
	}
	c.Principal = lenient(top.principal).Name
	return c, nil
}

// notAnObject says where body is not one JSON object, which err does not.
func notAnObject(body []byte, err error) *MalformedError {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return &MalformedError{Reason: "the message is empty"}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	var whole json.RawMessage
	if err := dec.Decode(&whole); err != nil {
		at := dec.InputOffset()
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			at = max(syntax.Offset-1, 0)
		case errors.Is(err, io.ErrUnexpectedEOF):
			at = int64(len(body))
			err = errors.New("the JSON ends too early")
		}
		return &MalformedError{
			Where:  fmt.Sprintf("byte %d", at),
			Reason: fmt.Sprintf("%v, near %s", err, excerpt(body[max(at-20, 0):])),
		}
	}
	if trimmed[0] != '{' {
		return &MalformedError{Reason: "want a JSON object, got " + excerpt(trimmed)}
	}
	if rest := bytes.TrimSpace(body[dec.InputOffset():]); len(rest) > 0 {
		return &MalformedError{
			Where:  fmt.Sprintf("byte %d", len(body)-len(rest)),
			Reason: "text after the end of the JSON object: " + excerpt(rest),
		}
	}
	return &MalformedError{Reason: err.Error()}
}

// lenient reads an object with names, and gives an empty one for anything else.
func lenient(raw json.RawMessage) named {
	var n named
	if json.Unmarshal(raw, &n) != nil {
		return named{}
	}
	return n
}

func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

// excerpt shows the beginning of JSON text in an error.
func excerpt(raw []byte) string {
	const limit = 40
	s := string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	if len(s) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.Join(strings.Fields(s), " ")
}
