package formatters

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
)

func TestPythonsListsAreTheirParts(t *testing.T) {
	for text, want := range map[string]string{
		`[u'Malware', u'Phishing']`: "Malware, Phishing",
		`['Malware']`:               "Malware",
		`["It's", 'b']`:             "It's, b",
		`[]`:                        "[]",
		`You're at 'x'`:             `You're at 'x'`,
		`[u'a', 2]`:                 `[u'a', 2]`,
		`[u'a`:                      `[u'a`,
		`[u'a' u'b']`:               `[u'a' u'b']`,
		`['a\'b']`:                  `['a\'b']`,
		`[u`:                        `[u`,
	} {
		data, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if f := (Options{Lists: true}).Field(details.Detail{Type: "string", Data: data}); f.Plain != want {
			t.Errorf("%s is shown as %s, want %s", text, f.Plain, want)
		}
		if f := (Options{}).Field(details.Detail{Type: "string", Data: data}); f.Plain != text {
			t.Errorf("%s of slack_details is shown as %s", text, f.Plain)
		}
	}
}

// Whatever the data is: it is shown, it is a message that Slack takes, its title leads
// to the platform and nowhere else, and the text alone says the same.
func FuzzTitledLayout(f *testing.F) {
	f.Add("Please look", "Incident", "2095?task_id=7", "Name", "*a* <!here> evil.example", "1524857616000", true)
	f.Add("", "<!here|x> bank.example", "2095> <!here>", "*", "`\n> • 1. ", "0", false)
	f.Add("", "0", "%", "x", "y", "0", true)                          // no address
	f.Add("", "", "0", "x", "y", "177777777700000", true)             // later than the dates of Slack
	f.Add("", "", "", "x", strings.Repeat("é", 2995)+"#é", "0", true) // cut behind a sign
	f.Fuzz(func(t *testing.T, above, kind, id, label, text, date string, markup bool) {
		detail := func(label, typ, text string) details.Detail {
			data, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			return details.Detail{Label: label, Type: typ, Data: data}
		}
		o := Options{BaseURL: "https://soar.example", OrgID: 201, Lists: true}
		fields := o.Fields([]details.Detail{
			detail(AdditionalText, "string", above), detail(linkLabel, "incident", id), detail(kindLabel, "string", kind),
			detail(label, "string", text), detail("Date", "datetime", date), detail("HTML", "richtext", text),
		})
		l := Layout{Titled: true, Markup: markup}
		m := l.Lay(blockkit.Message{Channel: "soc"}, fields, nil)
		if (m.Text == "" && m.Attachments == nil) != (l.Text(fields) == "") {
			t.Errorf("the message %q with %s, the text alone %q", m.Text, m.Attachments, l.Text(fields))
		}
		origin := &blockkit.Origin{Hosts: []string{"soar.example"}}
		for i := range fields {
			origin.Made = append(origin.Made, fields[i].Text)
		}
		for _, one := range []blockkit.Message{m, {Channel: "soc", Text: l.Text(fields)}} {
			if one.Text == "" && one.Attachments == nil {
				continue
			}
			if notes := blockkit.Gate(&one, origin); len(notes) > 0 {
				t.Errorf("not safe as it is: %q", notes)
			}
			list, _ := blockkit.Fit(one)
			for _, fitted := range list {
				if bad := blockkit.Validate(fitted); len(bad) > 0 {
					t.Errorf("Slack refuses %+v: %v", fitted, bad)
				}
			}
		}
		for _, a := range m.Attachments {
			for _, link := range strings.Split(string(a), `"url":"`)[1:] {
				if !strings.HasPrefix(link, "https://soar.example/#incidents/") && !strings.Contains(text, ":") {
					t.Errorf("a link to %.60s", link)
				}
			}
		}
	})
}
