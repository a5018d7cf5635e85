package blockkit

import (
	"maps"
	"strconv"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Rules of the elements inside of blocks. The tables are functions, so that they
// are built at the first use, by newRules: a package variable would be built at
// every start of every program that imports this.

const noLimit = 1 << 30

func plainText(max int) rule  { return textObject(max, "plain_text") }
func mrkdwnText(max int) rule { return textObject(max, "mrkdwn") }
func anyText(max int) rule    { return textObject(max, "plain_text", "mrkdwn") }

// textObject is a text composition object. emoji belongs to plain_text and
// verbatim to mrkdwn.
func textObject(max int, kinds ...string) rule {
	only := oneOf(kinds...)
	check := map[string]rule{
		"plain_text": object("a plain_text object", props{"type": anything, "text": text(1, max), "emoji": truth}, "text"),
		"mrkdwn":     object("a mrkdwn object", props{"type": anything, "text": text(1, max), "verbatim": truth}, "text"),
	}
	return func(c *checker, at *path, x any) {
		o, ok := x.(map[string]any)
		if _, isText := x.(string); isText {
			c.report(at, "type object", "it is a text, want an object like { type: %q, text: \"…\" }", kinds[len(kinds)-1])
			return
		}
		if !ok {
			c.wrongType(at, "object", x)
			return
		}
		kind, ok := o["type"]
		if !ok {
			c.report(at, "missing_field type", "a text object needs a type: %s", or(kinds))
			return
		}
		before := len(c.found)
		only(c, &path{up: at, key: "type"}, kind)
		if len(c.found) == before {
			check[kind.(string)](c, at, x)
		}
	}
}

func url() rule { return text(1, mrkdwn.MaxURL) }

// actionID must be unique in its message.
func actionID(c *checker, at *path, x any) {
	before := len(c.found)
	text(1, maxID)(c, at, x)
	if id, ok := x.(string); ok && len(c.found) == before && !once(&c.actionIDs, id) {
		c.report(at, "unique", "the action_id %q is used twice in this message", id)
	}
}

func confirmDialog() rule {
	return object("a confirm object", props{
		"title": plainText(maxConfirmTitle), "text": anyText(maxConfirmText),
		"confirm": plainText(maxConfirmButton), "deny": plainText(maxConfirmButton), "style": oneOf("primary", "danger"),
	}, "title text confirm deny")
}

func option(label rule) rule {
	return object("an option", props{
		"text": label, "value": text(1, maxOptionValue), "description": plainText(maxOptionText), "url": url(),
	}, "text", func(c *checker, at *path, o map[string]any) {
		if _, ok := o["value"]; !ok && o["url"] == nil {
			c.report(at, "missing_field value", "an option needs a value")
		}
	})
}

// extended returns the members common to interactive elements, and more. One of
// more that is nil takes a common one away.
func extended(more props) props {
	p := props{"type": anything, "action_id": actionID, "confirm": confirmDialog(), "focus_on_load": truth, "placeholder": plainText(maxPlaceholder)}
	for name, r := range more {
		if r == nil {
			delete(p, name)
		} else {
			p[name] = r
		}
	}
	return p
}

// imageElement is a picture, from the web or from Slack's files.
func imageElement(more props) rule {
	p := props{
		"type": anything, "alt_text": text(1, maxAltText), "image_url": url(),
		"slack_file": object("a slack_file", props{"id": text(1, maxID), "url": url()}, "", anyOf("a slack_file", true, "id", "url")),
	}
	maps.Copy(p, more)
	return object("an image", p, "alt_text", anyOf("an image", true, "image_url", "slack_file"))
}

// elementRules are the interactive elements and the picture, by type.
func elementRules() map[string]rule {
	all := map[string]rule{"image": imageElement(nil)}
	maps.Copy(all, buttonRules())
	maps.Copy(all, menuRules())
	maps.Copy(all, inputRules())
	return all
}

func buttonRules() map[string]rule {
	button := func(what string, more props, required string) rule {
		p := extended(props{"text": plainText(maxButtonText), "accessibility_label": text(1, maxButtonText), "focus_on_load": nil, "placeholder": nil})
		maps.Copy(p, more)
		return object(what, p, required)
	}
	style := oneOf("primary", "danger")
	trigger := object("a trigger", props{"url": url(), "customizable_input_parameters": items(0, maxOptions,
		object("a parameter", props{"name": text(1, noLimit), "value": text(0, noLimit)}, "name value"))}, "url")
	feedback := object("a feedback button", props{"text": plainText(maxButtonText), "value": text(1, maxButtonValue), "accessibility_label": text(1, maxButtonText)}, "text value")
	return map[string]rule{
		"button": button("a button", props{"url": url(), "value": text(1, maxButtonValue), "style": style}, "text"),
		"workflow_button": button("a workflow button", props{"style": style,
			"workflow": object("a workflow", props{"trigger": trigger}, "trigger")}, "text workflow"),
		"icon_button": button("an icon button", props{"icon": text(1, maxID), "value": text(1, maxButtonValue),
			"visible_to_user_ids": items(0, maxOptions, text(1, maxID))}, "icon text"),
		"feedback_buttons": object("feedback buttons", props{
			"type": anything, "action_id": actionID, "positive_button": feedback, "negative_button": feedback,
		}, "positive_button negative_button"),
	}
}

// menuRules are the elements in which one chooses from what is there.
func menuRules() map[string]rule {
	plainOption, anyOption := option(plainText(maxOptionText)), option(anyText(maxOptionText))
	group := object("an option group", props{"label": plainText(maxOptionText), "options": items(1, maxOptions, plainOption)}, "label options")
	filter := object("a filter", props{
		"include":                          items(1, 4, oneOf("im", "mpim", "private", "public")),
		"exclude_external_shared_channels": truth, "exclude_bot_users": truth,
	}, "")
	ids := items(0, maxOptions, text(1, maxID))
	many := integer(1, maxOptions)

	static := func(what string, more props) rule {
		p := extended(props{"options": items(1, maxOptions, plainOption), "option_groups": items(1, maxOptionGroups, group)})
		maps.Copy(p, more)
		return object(what, p, "", anyOf(what, true, "options", "option_groups"))
	}
	menu := func(what string, p props) rule { return object(what, extended(p), "") }
	choices := func(what, initial string, value rule) rule {
		return object(what, extended(props{"options": items(1, maxChoices, anyOption), initial: value, "placeholder": nil}), "options")
	}
	return map[string]rule{
		"static_select": static("a static_select", props{"initial_option": plainOption}),
		"multi_static_select": static("a multi_static_select", props{"initial_options": items(1, maxOptions, plainOption),
			"max_selected_items": many}),
		"external_select": menu("an external_select", props{"initial_option": plainOption, "min_query_length": integer(0, noLimit)}),
		"multi_external_select": menu("a multi_external_select", props{"initial_options": items(1, maxOptions, plainOption),
			"min_query_length": integer(0, noLimit), "max_selected_items": many}),
		"users_select":       menu("a users_select", props{"initial_user": text(1, maxID)}),
		"multi_users_select": menu("a multi_users_select", props{"initial_users": ids, "max_selected_items": many}),
		"conversations_select": menu("a conversations_select", props{"initial_conversation": text(1, maxID),
			"default_to_current_conversation": truth, "filter": filter, "response_url_enabled": truth}),
		"multi_conversations_select": menu("a multi_conversations_select", props{"initial_conversations": ids,
			"default_to_current_conversation": truth, "filter": filter, "max_selected_items": many}),
		"channels_select":       menu("a channels_select", props{"initial_channel": text(1, maxID), "response_url_enabled": truth}),
		"multi_channels_select": menu("a multi_channels_select", props{"initial_channels": ids, "max_selected_items": many}),

		"overflow": object("an overflow menu", extended(props{"options": items(1, maxOverflow, plainOption), "focus_on_load": nil, "placeholder": nil}), "options"),

		"checkboxes":    choices("checkboxes", "initial_options", items(1, maxChoices, anyOption)),
		"radio_buttons": choices("radio buttons", "initial_option", anyOption),
	}
}

// inputRules are the elements into which one writes.
func inputRules() map[string]rule {
	dispatch := object("a dispatch_action_config", props{"trigger_actions_on": items(1, 2, oneOf("on_enter_pressed", "on_character_entered"))}, "")
	input := func(what string, p props, required string) rule {
		p["dispatch_action_config"] = dispatch
		p["confirm"] = nil
		return object(what, extended(p), required)
	}
	return map[string]rule{
		"datepicker": object("a datepicker", extended(props{"initial_date": pattern("2026-11-23", isTime("2006-01-02"))}), ""),
		"timepicker": object("a timepicker", extended(props{"initial_time": pattern("16:05", isTime("15:04")), "timezone": text(1, maxID)}), ""),
		"datetimepicker": object("a datetimepicker", extended(props{
			"initial_date_time": integer(1_000_000_000, 9_999_999_999), "placeholder": nil}), ""),

		"plain_text_input": input("a plain_text_input", props{"initial_value": text(0, maxInputLength), "multiline": truth,
			"min_length": integer(0, maxInputLength), "max_length": integer(1, maxInputLength)}, ""),
		"email_text_input": input("an email_text_input", props{"initial_value": text(0, maxInputLength)}, ""),
		"url_text_input":   input("a url_text_input", props{"initial_value": text(0, maxInputLength)}, ""),
		"number_input": input("a number_input", props{"is_decimal_allowed": truth, "initial_value": text(0, maxID),
			"min_value": text(0, maxID), "max_value": text(0, maxID)}, "is_decimal_allowed"),
		"rich_text_input": input("a rich_text_input", props{"initial_value": richTextRule(), "min_lines": integer(1, noLimit), "max_lines": integer(1, noLimit)}, ""),
		"file_input":      object("a file_input", props{"type": anything, "action_id": actionID, "filetypes": items(1, maxOptions, text(1, maxID)), "max_files": integer(1, 10)}, ""),
	}
}

func isTime(layout string) func(string) bool {
	return func(s string) bool {
		_, err := time.Parse(layout, s)
		return err == nil && len(s) == len(layout)
	}
}

// some picks the rules of the types named.
func some(all map[string]rule, names ...string) map[string]rule {
	picked := make(map[string]rule, len(names))
	for _, name := range names {
		if all[name] == nil {
			panic("no rule for " + strconv.Quote(name)) // a slip in rules.go, found by any test
		}
		picked[name] = all[name]
	}
	return picked
}
