package resilient

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
)

// The names of what the app brings, as the platform's API has them.
const (
	SlackDestination   = "slack"
	SlackFunction      = "slack_post_message"
	AttachmentFunction = "slack_post_attachment"
	ArchiveFunction    = "slack_archive_channel"
	ConversationTable  = "slack_conversations_db"
	slackThread        = "slack_id" // the incident's property that keeps the thread
	slackChannel       = "slack_channel"
	slackDetails       = "slack_details"
	slackText          = "slack_text"
	MessageWorkflow    = "create_slack_message"
	ReplyWorkflow      = "create_slack_reply"
	UpdateWorkflow     = "update_slack_message"
	incidentWorkflow   = "slack_example_post_message_to_slack__incident"
	noteWorkflow       = "slack_example_post_message_to_slack__note"
)

// DefaultChannel is the channel of the original's workflows until somebody sets one.
const DefaultChannel = "test-this-channel"

// app is what the app brings, in the form in which the platform exports it, but
// for what the workflows do. Its uuids and numbers are those of the original
// packages, so that the platform recognises what a customer has from them; the inputs
// slack_formatter, slack_replace_archived and slack_update, the column
// slack_db_channel_id, and the workflow that brings a message up to date with its rule
// are ours. Where the packages gave one uuid or API name to two things, of which we bring both, the things of 1.0.0
// have it. An import without an incident type is refused: the one here is the disabled
// one that packages carry for that reason.
//
//go:embed customize/app.json
var app []byte

// The scripts of the workflows. The platform runs them as Python 2 or 3,
// whichever it has, so they are written to be both.
var (
	//go:embed customize/quote.py
	scriptQuote string
	//go:embed customize/values.py
	scriptValues string
	//go:embed customize/escaped.py
	scriptEscaped string
	//go:embed customize/message_pre.py
	scriptMessagePre string
	//go:embed customize/message_post.py
	scriptMessagePost string
	//go:embed customize/update_pre.py
	scriptUpdatePre string
	//go:embed customize/update_post.py
	scriptUpdatePost string
	//go:embed customize/reply_pre.py
	scriptReplyPre string
	//go:embed customize/incident_pre.py
	scriptIncidentPre string
	//go:embed customize/note_pre.py
	scriptNotePre string
	//go:embed customize/task_pre.py
	scriptTaskPre string
	//go:embed customize/artifact_pre.py
	scriptArtifactPre string
	//go:embed customize/attachment_pre.py
	scriptAttachmentPre string
	//go:embed customize/artifactfile_pre.py
	scriptArtifactFilePre string
	//go:embed customize/room_pre.py
	scriptRoomPre string
	//go:embed customize/posted_post.py
	scriptPostedPost string
	//go:embed customize/archive_pre.py
	scriptArchivePre string
	//go:embed customize/archivetask_pre.py
	scriptArchiveTaskPre string
	//go:embed customize/archived_post.py
	scriptArchivedPost string
)

// workflowXML is a workflow of one function call: start, call, end, and a note
// beside them, with the diagram that the platform's editor shows.
//
//go:embed customize/workflow.xml
var workflowXML string

// Channels are the Slack channels that the workflows of 1.0.0 post to; a message is
// brought up to date where it was posted. An empty
// one is DefaultChannel. Where the platform has the later workflows in their place,
// an empty one is that of the incident or task.
type Channels struct {
	Message, Reply string
}

// Customizations is all that the app brings to a platform that has nothing of it.
func Customizations(channels Channels) Configuration {
	return App{Channels: channels}.Configuration()
}

// An App says what of the app is to be deployed, and on what.
type App struct {
	Channels  Channels
	Functions []string      // API names of those that the service carries out; nil is all
	On        Configuration // what the platform has
}

// Configuration is what the functions need in the platform: their message
// destination, the functions with their inputs, the data table of channels, the
// property of incidents that keeps a thread, and workflows with a rule for each. What
// the platform has by the same name is meant, whatever uuid it has there.
func (a App) Configuration() Configuration {
	var c Configuration
	if err := json.Unmarshal(app, &c); err != nil {
		panic(err) // it is a part of the program
	}
	c.Server = a.On.Server
	later := a.On.later()
	recipes := recipes(a.Channels, later)
	if later {
		c.takeOver()
	}
	c.keep(a.Functions, recipes)
	c.adopt(a.On)
	for _, r := range recipes {
		if w := slices.IndexFunc(c.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName == r.workflow }); w >= 0 {
			c.do(&c.Workflows[w], r, a.On)
		}
	}
	return c
}

// A recipe is what a workflow does.
type recipe struct {
	workflow, function string
	fixed              map[string]string // a text or the label of an option by the name of the input
	pre, post          string
	note               string // beside the call in the editor
	keeps              bool   // the values that the platform's workflow has for inputs: they are the customer's
}

// recipes are those of all workflows, or of those that a platform gets which has the
// later ones in the place of 1.0.0's.
func recipes(channels Channels, later bool) []recipe {
	const (
		atIncident = "place = incident\n"
		atTask     = "place = task if task else incident\n"
		note       = "What is sent, and where to, is in the function's pre-processing script."
	)
	posted := func(what, place string) string {
		return scriptEscaped + fmt.Sprintf("what = %q\n", what) + place + "\n" + scriptPostedPost
	}
	fields := scriptQuote + scriptValues
	incident := recipe{incidentWorkflow, SlackFunction, nil, fields + scriptIncidentPre + scriptRoomPre, posted("The incident", atIncident), note, true}
	onNote := recipe{noteWorkflow, SlackFunction, nil, fields + scriptNotePre + scriptRoomPre, posted("The note", atTask), note, true}
	list := []recipe{
		{"slack_example_post_message_to_slack__task", SlackFunction, nil, fields + scriptTaskPre + scriptRoomPre, posted("The task", atTask), note, true},
		{"slack_example_post_message_to_slack__artifact", SlackFunction, nil, fields + scriptArtifactPre + scriptRoomPre, posted("The artifact", atIncident), note, true},
		{"example_post_attachment_to_slack__artifact", AttachmentFunction, nil, scriptArtifactFilePre + scriptRoomPre, posted("The file of the artifact", atIncident), note, true},
		{"slack_example_post_attachment_to_slack", AttachmentFunction, nil, scriptAttachmentPre + scriptRoomPre, posted("The attachment", atTask), note, true},
		{"archive_slack_channel", ArchiveFunction, nil, scriptArchivePre, scriptEscaped + atIncident + "\n" + scriptArchivedPost, note, true},
		{"slack_example_archive_slack_channel__task", ArchiveFunction, nil, scriptArchivePre + scriptArchiveTaskPre, scriptEscaped + atTask + "\n" + scriptArchivedPost, note, true},
	}
	if later {
		incident.workflow, incident.fixed = MessageWorkflow, fixedChannel(channels.Message)
		onNote.workflow, onNote.fixed = ReplyWorkflow, fixedChannel(channels.Reply)
		return append(list, incident, onNote)
	}
	const details = "Set slack_channel in the function's inputs; the fields of the message are in its pre-processing script."
	fixed := func(channel, reply string) map[string]string {
		return map[string]string{
			slackChannel: cmp.Or(channel, DefaultChannel), "slack_markdwn": "true", "slack_parse": "full",
			"slack_reply_broadcast": reply, "slack_link_names": reply, "slack_as_user": "false",
		}
	}
	return append(list, incident, onNote,
		recipe{MessageWorkflow, SlackFunction, fixed(channels.Message, "false"), scriptQuote + scriptMessagePre, scriptMessagePost, details, false},
		// It must find the message, so it has the channel of that.
		recipe{UpdateWorkflow, SlackFunction, fixed(channels.Message, "false"), scriptQuote + scriptMessagePre + scriptUpdatePre, scriptUpdatePost, details, false},
		recipe{ReplyWorkflow, SlackFunction, fixed(channels.Reply, "true"), scriptQuote + scriptReplyPre, "", details, false},
	)
}

func fixedChannel(channel string) map[string]string {
	if channel == "" {
		return nil
	}
	return map[string]string{slackChannel: channel}
}

// do makes a workflow what its recipe says.
func (c Configuration) do(w *WorkflowDefinition, r recipe, on Configuration) {
	const python = "python3" // platforms that know one language only pass this over
	function, _ := find(c.Functions, func(f FunctionDefinition) bool { return f.Name == r.function })
	script := StepScript{Inputs: map[string]FixedInput{}, Pre: r.pre, PreLanguage: python, Post: r.post}
	if r.post != "" {
		script.PostLanguage = python
	}
	if r.keeps {
		have, _ := on.workflow(r.workflow)
		if steps, err := have.Steps(); err == nil && len(steps) == 1 && steps[0].Function == function.UUID {
			maps.Copy(script.Inputs, steps[0].Inputs)
		}
	}
	for name, value := range r.fixed {
		field, _ := c.field(FieldOfFunction, name)
		fixed := FixedValue{Text: value}
		if option, ok := find(field.Values, func(o OptionDefinition) bool { return o.Label == value }); ok {
			fixed = FixedValue{Select: option.UUID}
		}
		script.Inputs[field.UUID] = FixedInput{Type: "static", Value: fixed}
	}
	var b strings.Builder
	err := template.Must(template.New("workflow").Parse(workflowXML)).Execute(&b, map[string]any{
		"Workflow": w, "Function": function, "Step": string(encode(script)), "Note": r.note,
	})
	if err != nil {
		panic(fmt.Sprintf("workflow %s: %v", r.workflow, err)) // the template is a part of the program
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
