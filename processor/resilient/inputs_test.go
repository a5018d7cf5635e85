package resilient

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func inputs(t *testing.T, js string) Inputs {
	t.Helper()
	var in Inputs
	if err := json.Unmarshal([]byte(js), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{`"general"`, "general"},
		{`" a\n<b> "`, " a\n<b> "},
		{`""`, ""},
		{`null`, ""},
		{`12345678901234567890`, "12345678901234567890"},
		{`1.50`, "1.50"},
		{`true`, "true"},
		{`{"id": 351, "name": "full"}`, "full"},
		{`{"id": 351, "name": null}`, ""},
		{`{"format": "html", "content": "<b>x</b>"}`, "<b>x</b>"},
		{`{"format": "text", "content": ""}`, ""},
	} {
		got, err := inputs(t, `{"x": `+tt.value+`}`).Text("x")
		if err != nil || got != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.value, got, err, tt.want)
		}
	}
	if got, err := inputs(t, `{}`).Text("x"); got != "" || err != nil {
		t.Errorf("missing: got %q, %v", got, err)
	}
}

func TestTextNamesTheInputItCannotRead(t *testing.T) {
	for _, value := range []string{`[1]`, `{}`, `{"id": 1}`, `{"name": {"name": "x"}}`, `{"content": ["x"]}`} {
		_, err := inputs(t, `{"slack_parse": `+value+`}`).Text("slack_parse")
		var bad *InputError
		if !errors.As(err, &bad) || bad.Name != "slack_parse" || !strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", value, err)
		}
	}
}

func TestBool(t *testing.T) {
	for value, want := range map[string]bool{
		`true`: true, `"true"`: true, `"True"`: true, `"Yes"`: true, `" yes "`: true, `1`: true, `"1"`: true, `{"id":1,"name":"true"}`: true,
		`false`: false, `"FALSE"`: false, `"No"`: false, `0`: false, `"0"`: false, `{"id":1,"name":"false"}`: false, `{"id":9,"name":"No"}`: false,
	} {
		got, set, err := inputs(t, `{"x":`+value+`}`).Bool("x")
		if err != nil || !set || got != want {
			t.Errorf("%s: got %v, %v, %v, want %v", value, got, set, err, want)
		}
	}
	for _, value := range []string{`null`, `""`, `" "`, `{"id":1,"name":null}`} {
		if _, set, err := inputs(t, `{"x":`+value+`}`).Bool("x"); set || err != nil {
			t.Errorf("%s: got set %v, %v, want no value", value, set, err)
		}
	}
	for _, value := range []string{`2`, `"maybe"`, `[]`, `{"id":1}`, `{"name":"x"}`} {
		_, _, err := inputs(t, `{"slack_as_user":`+value+`}`).Bool("slack_as_user")
		want := "input slack_as_user: got " + value + ", want true or false (Yes, No, 1 and 0 are fine too)"
		var bad *InputError
		if !errors.As(err, &bad) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}

func TestRequired(t *testing.T) {
	in := inputs(t, `{"null": null, "empty": "", "blank": " \n", "list": [1], "area": {"format":"text","content":""}, "ok": "x"}`)
	for name, want := range map[string]string{
		"missing": "input missing: got nothing, want a value (this input is required)",
		"null":    "input null: got nothing, want a value (this input is required)",
		"empty":   "input empty: got nothing, want a value (this input is required)",
		"area":    "input area: got nothing, want a value (this input is required)",
		"blank":   "input blank: got only white space, want a value (this input is required)",
		"list":    "input list: got [1], want text, a number, a select value with a name, or a text area with content",
	} {
		if _, err := in.Required(name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if got, err := in.Required("ok"); got != "x" || err != nil {
		t.Errorf("ok: got %q, %v", got, err)
	}
}

func TestFirstPrefersTheNameThatHasAValue(t *testing.T) {
	in := inputs(t, `{"slack_markdwn": null, "slack_mrkdwn": {"id": 1, "name": "false"}}`)
	if got, want := in.First("slack_markdwn", "slack_markdown", "slack_mrkdwn"), "slack_mrkdwn"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := in.First("a", "b"), "a"; got != want {
		t.Errorf("without any: got %s, want %s", got, want)
	}
}

func TestInputErrorsStayShort(t *testing.T) {
	in := inputs(t, `{"x": ["`+strings.Repeat("ä", 5000)+`"]}`)
	_, err := in.Text("x")
	if err == nil || len(err.Error()) > 200 || !strings.Contains(err.Error(), "ä…") {
		t.Errorf("got %v", err)
	}
}
