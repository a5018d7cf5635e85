package preview

import "encoding/json"

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
	Positive       *struct {
		Text textObject `json:"text"`
	} `json:"positive_button"`
	Negative *struct {
		Text textObject `json:"text"`
	} `json:"negative_button"`
}

// interactive shows what a person could press or fill in.
func (b builder) interactive(raw json.RawMessage) element {
	var k slackElement
	if err := json.Unmarshal(raw, &k); err != nil {
		return broken("element", err)
	}
	var t textObject
	_ = json.Unmarshal(k.Text, &t)
	shown := func(sign string, values ...string) element {
		var spans []span
		for _, v := range values {
			if v != "" && spans == nil {
				spans = words(v, 0)
			}
		}
		if spans == nil {
			spans = b.optional(k.Placeholder)
		}
		return element{Kind: control, Spans: spans, Label: sign}
	}
	switch k.Type {
	case "button", "workflow_button":
		return element{Kind: button, Spans: b.line(t), Tone: tone(k.Style), Href: safe(k.URL)}
	case "image":
		return picture(k.ImageURL, k.AltText, nil)
	case "static_select", "external_select", "users_select", "conversations_select", "channels_select":
		if k.InitialOption != nil {
			return element{Kind: control, Spans: b.line(k.InitialOption.Text), Label: "▾"}
		}
		return shown("▾")
	case "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select":
		return shown("▾")
	case "overflow":
		return element{Kind: control, Label: "⋯"}
	case "datepicker":
		return shown("▾", k.InitialDate)
	case "timepicker":
		return shown("▾", k.InitialTime)
	case "datetimepicker":
		if k.InitialStamp > 0 {
			return element{Kind: control, Label: "▾", Spans: []span{b.o.dateSpan(k.InitialStamp, "{date_short} {time}", "", "")}}
		}
		return shown("▾")
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input":
		return shown("", k.InitialValue)
	case "checkboxes", "radio_buttons":
		return b.choices(k)
	case "feedback_buttons":
		e := element{Kind: row}
		if k.Positive != nil {
			e.Kids = append(e.Kids, element{Kind: button, Spans: b.line(k.Positive.Text)})
		}
		if k.Negative != nil {
			e.Kids = append(e.Kids, element{Kind: button, Spans: b.line(k.Negative.Text)})
		}
		return e
	case "icon_button":
		return element{Kind: button, Spans: b.line(t)}
	}
	e, _ := b.unknown(k.Type, raw)
	return e
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
		for _, chosen := range k.InitialOptions {
			if chosen.Value == o.Value {
				c.Label = on
			}
		}
		if o.Description != nil {
			for _, d := range b.text(*o.Description) {
				d.Spans = mute(d.Spans)
				c.Kids = append(c.Kids, d)
			}
		}
		e.Kids = append(e.Kids, c)
	}
	return e
}
