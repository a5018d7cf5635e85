package resilient

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// The names of what the app brings, as the platform's API has them.
const (
	SlackDestination = "slack"
	SlackFunction    = "slack_post_message"
	slackThread      = "slack_id" // the incident's property that keeps the thread
	slackChannel     = "slack_channel"
	MessageWorkflow  = "create_slack_message"
	ReplyWorkflow    = "create_slack_reply"
)

// DefaultChannel is the channel of the workflows until somebody sets one.
const DefaultChannel = "test-this-channel"

// app is what the app brings, in the form in which the platform exports it, but
// for what the workflows do. Its uuids and numbers are those of the original
// package, so that the platform recognises what a customer has from it; the input
// slack_formatter is ours. An import without an incident type is refused: the one
// here is the disabled one that packages carry for that reason.
//
//go:embed customize/app.json
var app []byte

// The scripts of the workflows. The platform runs them as Python 2 or 3,
// whichever it has, so they are written to be both.
var (
	//go:embed customize/quote.py
	scriptQuote string
	//go:embed customize/message_pre.py
	scriptMessagePre string
	//go:embed customize/message_post.py
	scriptMessagePost string
	//go:embed customize/reply_pre.py
	scriptReplyPre string
)

// workflowXML is a workflow of one function call: start, call, end, and a note
// beside them, with the diagram that the platform's editor shows.
//
//go:embed customize/workflow.xml
var workflowXML string

// Channels are the Slack channels that the two workflows post to. An empty one
// is DefaultChannel.
type Channels struct {
	Message, Reply string
}

// Customizations is what the function needs in the platform: its message
// destination, the function with its inputs, the property of incidents that
// keeps the thread, and two workflows with a rule for each.
func Customizations(channels Channels) Configuration {
	var c Configuration
	if err := json.Unmarshal(app, &c); err != nil {
		panic(err) // it is a part of the program
	}
	c.do(MessageWorkflow, map[string]string{
		slackChannel: cmp.Or(channels.Message, DefaultChannel), "slack_markdwn": "true", "slack_parse": "full",
		"slack_reply_broadcast": "false", "slack_link_names": "false", "slack_as_user": "false",
	}, scriptQuote+scriptMessagePre, scriptMessagePost)
	c.do(ReplyWorkflow, map[string]string{
		slackChannel: cmp.Or(channels.Reply, DefaultChannel), "slack_markdwn": "true", "slack_parse": "full",
		"slack_reply_broadcast": "true", "slack_link_names": "true", "slack_as_user": "false",
	}, scriptQuote+scriptReplyPre, "")
	return c
}

// do makes a workflow call the function with inputs, a text or the label of an
// option by the name of each, and with scripts before and after.
func (c Configuration) do(workflow string, inputs map[string]string, pre, post string) {
	const python = "python3" // platforms that know one language only pass this over
	script := StepScript{Inputs: map[string]FixedInput{}, Pre: pre, PreLanguage: python, Post: post}
	if post != "" {
		script.PostLanguage = python
	}
	for name, value := range inputs {
		field, _ := c.field(FieldOfFunction, name)
		fixed := FixedValue{Text: value}
		if option, ok := find(field.Values, func(o OptionDefinition) bool { return o.Label == value }); ok {
			fixed = FixedValue{Select: option.UUID}
		}
		script.Inputs[field.UUID] = FixedInput{Type: "static", Value: fixed}
	}
	w := &c.Workflows[slices.IndexFunc(c.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName == workflow })]
	var b strings.Builder
	err := template.Must(template.New("workflow").Parse(workflowXML)).Execute(&b, map[string]any{
		"Workflow": w, "Function": c.Functions[0], "Step": string(encode(script)),
	})
	if err != nil {
		panic(fmt.Sprintf("workflow %s: %v", workflow, err)) // the template is a part of the program
	}
	w.Content.XML = b.String()
}

// Channels are those that the app's workflows in c post to, so that replacing a
// workflow does not send its messages elsewhere. What cannot be read is empty.
func (c Configuration) Channels() Channels {
	return Channels{Message: c.channel(MessageWorkflow), Reply: c.channel(ReplyWorkflow)}
}

func (c Configuration) channel(workflow string) string {
	w, _ := c.workflow(workflow)
	steps, err := w.Steps()
	if err != nil {
		return ""
	}
	input, _ := c.field(FieldOfFunction, slackChannel)
	for _, step := range steps {
		if fixed, ok := step.Inputs[input.UUID]; ok {
			return fixed.Value.Text
		}
	}
	return ""
}
