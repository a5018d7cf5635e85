package preview

import (
	"cmp"
	"encoding/json"
	"slices"
)

type option struct {
	Text        textObject  `json:"text"`
	Description *textObject `json:"description"`
	Value       string      `json:"value"`
}

type slackElement struct {
	Type           string          `json:"type"`
	Text           json.RawMessage `json:"text"`
	URL            string          `json:"url"`
	Style          string          `json:"style"`
	Placeholder    *textObject     `json:"placeholder"`
	InitialOption  *option         `json:"initial_option"`
	InitialOptions []option        `json:"initial_options"`
	InitialDate    string          `json:"initial_date"`
	InitialTime    string          `json:"initial_time"`
	InitialStamp   int64           `json:"initial_date_time"`
	InitialValue   string          `json:"initial_value"`
	Options        []option        `json:"options"`
	AltText        string          `json:"alt_text"`
	ImageURL       string          `json:"image_url"`
	Positive       *option         `json:"positive_button"`
	Negative       *option         `json:"negative_button"`
}

// interactive shows what a person could press or fill in.
func (b builder) interactive(raw json.RawMessage) element {
	var k slackElement
	if err := json.Unmarshal(raw, &k); err != nil {
		return broken("element", err)
	}
	t := asText(k.Text)
	filled := func(sign, value string) element {
		spans := b.optional(k.Placeholder)
		if value != "" {
			spans = words(value, 0)
		}
		return element{Kind: control, Spans: spans, Label: sign}
	}
	switch k.Type {
	case "button", "workflow_button":
		return element{Kind: button, Spans: b.line(t), Tone: tone(k.Style), Href: safe(k.URL)}
	case "image":
		return picture(k.ImageURL, k.AltText, nil)
	case "static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select":
		if k.InitialOption != nil {
			return element{Kind: control, Spans: b.line(k.InitialOption.Text), Label: "▾"}
		}
		return filled("▾", "")
	case "overflow":
		return element{Kind: control, Label: "⋯"}
	case "datepicker", "timepicker":
		return filled("▾", cmp.Or(k.InitialDate, k.InitialTime))
	case "datetimepicker":
		if k.InitialStamp > 0 {
			return element{Kind: control, Label: "▾", Spans: []span{b.o.dateSpan(k.InitialStamp, "{date_short} {time}", "", "")}}
		}
		return filled("▾", "")
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input":
		return filled("", k.InitialValue)
	case "checkboxes", "radio_buttons":
		return b.choices(k)
	case "feedback_buttons":
		e := element{Kind: row}
		for _, choice := range []*option{k.Positive, k.Negative} {
			if choice != nil {
				e.Kids = append(e.Kids, element{Kind: button, Spans: b.line(choice.Text)})
			}
		}
		return e
	case "icon_button":
		return element{Kind: button, Spans: b.line(t)}
	}
	return b.unknown(k.Type, raw)
}

func (b builder) choices(k slackElement) element {
	off, on := "☐", "☑"
	if k.Type == "radio_buttons" {
		off, on = "○", "◉"
		if k.InitialOption != nil {
			k.InitialOptions = []option{*k.InitialOption}
		}
	}
	e := element{Kind: choices}
	for _, o := range k.Options {
		c := element{Kind: group, Label: off, Kids: b.text(o.Text)}
		if slices.ContainsFunc(k.InitialOptions, func(chosen option) bool { return chosen.Value == o.Value }) {
			c.Label = on
		}
		if o.Description != nil {
			for _, d := range b.text(*o.Description) {
				d.Spans = with(d.Spans, muted)
				c.Kids = append(c.Kids, d)
			}
		}
		e.Kids = append(e.Kids, c)
	}
	return e
}
