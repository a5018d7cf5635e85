package resilient

import (
	"cmp"
	_ "embed"
)

// The names of what the app brings, as the platform's API has them.
const (
	SlackDestination = "slack"
	SlackFunction    = "slack_post_message"
	slackThread      = "slack_id" // the incident's property that keeps the thread
	MessageWorkflow  = "create_slack_message"
	ReplyWorkflow    = "create_slack_reply"
)

// DefaultChannel is the channel of the workflows until somebody sets one.
const DefaultChannel = "test-this-channel"

// The uuids and numbers are those of the original package, so that the platform
// recognises what a customer has from it. The input slack_formatter is ours.
const (
	functionUUID    = "ded2826c-6528-4a26-b2c8-0cf215dce3c3"
	destinationUUID = "611f10f7-1b7d-49c5-8692-3b838156d42b"
	messageUUID     = "8df6f333-4423-4e9d-9554-dceacd311cba"
	replyUUID       = "d9edaa38-20df-4c0e-a017-9fe721368025"
	messageRuleUUID = "c915619e-ca11-4fb1-ba9d-a2d9439c92f2"
	replyRuleUUID   = "3eee33d0-05c3-48bb-a9e8-6ee2bac214b5"
)

// customizationDate is when the document was last changed, in ms.
const customizationDate = 1795392000000

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

// Channels are the Slack channels that the two workflows post to. An empty one
// is DefaultChannel.
type Channels struct {
	Message, Reply string
}

// Customizations is what the function needs in the platform: its message
// destination, the function with its inputs, the property of incidents that
// keeps the thread, and two workflows with a rule for each.
func Customizations(channels Channels) Configuration {
	return Configuration{
		Fields:    append(functionInputs(), threadField()),
		Functions: []FunctionDefinition{slackFunction()},
		Destinations: []DestinationDefinition{{
			UUID: destinationUUID, Name: SlackDestination, ProgrammaticName: SlackDestination, ExportKey: SlackDestination,
			ExpectAck: true, Users: []any{}, APIKeys: []any{},
		}},
		Workflows: []WorkflowDefinition{
			messageWorkflow(cmp.Or(channels.Message, DefaultChannel)),
			replyWorkflow(cmp.Or(channels.Reply, DefaultChannel)),
		},
		Rules: []RuleDefinition{messageRule(), replyRule()},
		// An import without an incident type is refused; this one is the disabled
		// one that packages carry for that reason.
		IncidentTypes: []IncidentType{{
			UUID: "bfeec2d4-3770-11e8-ad39-4a0004044aa0", Name: internalType, Description: internalType, ExportKey: internalType,
			CreateDate: customizationDate, UpdateDate: customizationDate,
		}},
	}
}

const internalType = "Customization Packages (internal)"

func textInput(id int, uuid, name, tooltip string) FieldDefinition {
	return FieldDefinition{
		ID: id, Type: FieldOfFunction, UUID: uuid, Name: name, Text: name, InputType: "text", Tooltip: tooltip,
		ExportKey: "__function/" + name, Changeable: true,
	}
}

// selectInput is one whose first option is the default.
func selectInput(id int, uuid, name, tooltip string, options ...OptionDefinition) FieldDefinition {
	f := textInput(id, uuid, name, tooltip)
	f.InputType = "select"
	for i, o := range options {
		o.Enabled, o.Default = true, i == 0
		f.Values = append(f.Values, o)
	}
	return f
}

// functionInputs are in the order of the function's form.
func functionInputs() []FieldDefinition {
	channel := textInput(110, "9caadb86-3cb1-44f8-81f4-4da30e68a106", "slack_channel", "Channel, private group or person to post to: a name or an id.")
	details := textInput(111, "85d20b77-734f-4930-9c4b-b5f8d98c581c", "slack_details", "The fields of the message as JSON: each label with a type and data.")
	channel.Required, details.Required = "always", "always"
	option := func(label string, value int, uuid string) OptionDefinition {
		return OptionDefinition{Label: label, Value: value, UUID: uuid}
	}
	return []FieldDefinition{
		channel, details,
		textInput(112, "241413ae-d029-48cb-97d7-084862670991", "slack_thread_id", "The ts of the message to reply to; empty posts a new message."),
		textInput(113, "74365ed2-635a-446a-ba39-65b264b7ad54", "slack_user_id", "Author to show; empty shows the one of the service's settings."),
		selectInput(114, "26727126-bfac-473d-ab7e-9786191106f4", "slack_reply_broadcast", "Show a reply in the channel, too.",
			option("false", 302, optionNoBroadcast), option("true", 303, optionBroadcast)),
		selectInput(115, "727bd288-f383-48de-865d-04af68c93123", "slack_markdwn", "Read the text as Slack markup.",
			option("true", 356, optionMarkdown), option("false", 357, "b30e9566-68a0-45bc-8ecc-c0a62dd92f9e")),
		selectInput(116, "17176c51-9914-4277-bd08-6bb913250bd1", "slack_parse", "How Slack treats names and addresses in the text.",
			option("none", 350, "043cb152-f279-403c-9e8d-be4e4d518510"), option("full", 351, optionParseFull)),
		selectInput(117, "c4c5d532-182f-4a85-bc52-a13d4ed2fa58", "slack_link_names", "Turn names of channels and people into links.",
			option("false", 358, optionNoLinks), option("true", 359, optionLinks)),
		selectInput(118, "be16488d-d2aa-41bc-97f0-9097b0e21709", "slack_as_user", "Post as the user of the token.",
			option("true", 360, "1cf15925-44c7-40cc-96fd-2974d6be34dc"), option("false", 361, optionNotAsUser)),
		textInput(119, "2e204e6d-ec8c-4710-badf-00793e60b0d7", "slack_formatter", "fn-slack: the script that lays the message out, by its file name; empty lets the scripts decide."),
	}
}

// The options that the workflows set.
const (
	optionBroadcast   = "2d30cf5b-3f96-4628-a5ed-0534a6a4b58a"
	optionNoBroadcast = "4279433d-04f4-4f22-9e36-18ec71b787b9"
	optionMarkdown    = "1c5c6c29-c39b-4df7-b0eb-3e151fb41535"
	optionParseFull   = "cd6a13e4-c6f9-4de4-b12c-9ccf793fe622"
	optionLinks       = "929a7116-7f25-43e3-ad2b-2b213e6456d2"
	optionNoLinks     = "69da74b5-cd11-419b-93b6-2945b7135191"
	optionNotAsUser   = "9e3fe3da-a96d-4873-b8cc-410685ee5af6"
)

func threadField() FieldDefinition {
	f := textInput(90, "7b7a37fe-46af-4bac-9a0a-55040da3fc7d", slackThread, "The Slack message that began this incident's thread. Clear it to begin a new one.")
	properties := "properties"
	f.Type, f.Prefix, f.ExportKey = FieldOfIncident, &properties, "incident/"+slackThread
	return f
}

func slackFunction() FunctionDefinition {
	f := FunctionDefinition{
		ID: 72, UUID: functionUUID, Name: SlackFunction, DisplayName: "Slack Post Message", Destination: SlackDestination,
		Description: RichText{Format: "text", Content: "Posts a message to a Slack channel, or a reply to a thread."},
		Version:     1, ExportKey: SlackFunction,
	}
	for _, input := range functionInputs() {
		f.Inputs = append(f.Inputs, ViewItem{Element: "field_uuid", FieldType: "__function", Content: input.UUID})
	}
	f.Workflows = []WorkflowRef{
		{ID: 59, Name: messageName, ProgrammaticName: MessageWorkflow, ObjectType: "incident"},
		{ID: 60, Name: replyName, ProgrammaticName: ReplyWorkflow, ObjectType: "note"},
	}
	return f
}

const (
	messageName = "Create Slack Message"
	replyName   = "Create Slack Reply"
)

func messageWorkflow(channel string) WorkflowDefinition {
	return slackWorkflow(WorkflowDefinition{
		ID: 59, UUID: messageUUID, Name: messageName, ProgrammaticName: MessageWorkflow, ObjectType: "incident",
	}, "Posts an incident to Slack and keeps the thread in slack_id.", StepScript{
		Inputs: fixedInputs(channel, optionNoBroadcast, optionNoLinks),
		Pre:    scriptQuote + scriptMessagePre,
		Post:   scriptMessagePost,
	})
}

func replyWorkflow(channel string) WorkflowDefinition {
	return slackWorkflow(WorkflowDefinition{
		ID: 60, UUID: replyUUID, Name: replyName, ProgrammaticName: ReplyWorkflow, ObjectType: "note",
	}, "Posts a note to the incident's thread in Slack.", StepScript{
		Inputs: fixedInputs(channel, optionBroadcast, optionLinks),
		Pre:    scriptQuote + scriptReplyPre,
	})
}

func slackWorkflow(w WorkflowDefinition, description string, script StepScript) WorkflowDefinition {
	const python = "python3" // platforms that know one language only pass this over
	script.PreLanguage = python
	if script.Post != "" {
		script.PostLanguage = python
	}
	const note = "Set slack_channel in the function's inputs; the fields of the message are in its pre-processing script."
	w.Description, w.ExportKey = description, w.ProgrammaticName
	w.Content = WorkflowContent{
		ID:      w.ProgrammaticName,
		XML:     workflowXML(w.ProgrammaticName, w.Name, description, note, Step{Name: "Slack Post Message", Function: functionUUID, StepScript: script}),
		Version: 1,
	}
	return w
}

func fixedInputs(channel, broadcast, links string) map[string]FixedInput {
	values := map[string]FixedValue{
		"slack_channel":         {Text: channel},
		"slack_markdwn":         {Select: optionMarkdown},
		"slack_parse":           {Select: optionParseFull},
		"slack_reply_broadcast": {Select: broadcast},
		"slack_link_names":      {Select: links},
		"slack_as_user":         {Select: optionNotAsUser},
	}
	inputs := map[string]FixedInput{}
	for _, field := range functionInputs() {
		if v, ok := values[field.Name]; ok {
			inputs[field.UUID] = FixedInput{Type: "static", Value: v}
		}
	}
	return inputs
}

func messageRule() RuleDefinition {
	return slackRule(RuleDefinition{
		ID: 30, UUID: messageRuleUUID, Name: messageName, Type: RuleMenuItem, ObjectType: "incident",
		Workflows: []string{MessageWorkflow},
	})
}

func replyRule() RuleDefinition {
	thread := "incident.properties." + slackThread
	return slackRule(RuleDefinition{
		ID: 31, UUID: replyRuleUUID, Name: replyName, Type: RuleAutomatic, ObjectType: "note",
		Conditions: []RuleCondition{{FieldName: &thread, Method: "has_a_value"}, {Method: "object_added"}},
		Workflows:  []string{ReplyWorkflow},
	})
}

func slackRule(r RuleDefinition) RuleDefinition {
	r.Enabled, r.LogicType, r.TimeoutSeconds, r.ExportKey = true, "all", 86400, r.Name
	return r
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
	input, _ := c.field(FieldOfFunction, "slack_channel")
	for _, step := range steps {
		if fixed, ok := step.Inputs[input.UUID]; ok {
			return fixed.Value.Text
		}
	}
	return ""
}
