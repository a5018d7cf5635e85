package resilient

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// message is a call as the platform sends it.
const message = `{"function": {"id": 72, "name": "slack_post_message", "display_name": "Slack Post Message", "version": 1,
  "description": null, "tags": [], "destination_handle": null},
 "inputs": {"slack_channel": "general", "slack_details": "{\"Note\": {\"type\": \"string\", \"data\": \"x\"}}", "slack_thread_id": null,
  "slack_reply_broadcast": {"id": 302, "name": "false"}, "slack_markdwn": {"id": 356, "name": "true"}},
 "groups": [], "playbook_instance": null, "workflow_instance": {"workflow_instance_id": 1000},
 "workflow": {"workflow_id": 59, "name": "Create Slack Message", "programmatic_name": "create_slack_message",
  "object_type": {"id": 0, "name": "incident"}, "description": null, "actions": [], "tags": []},
 "principal": {"id": 3, "name": "b@a.com", "display_name": "Resilient Sysadmin", "type": "user"}}`

func TestDecodeCall(t *testing.T) {
	got, err := DecodeCall([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	if got.Function != "slack_post_message" || got.Workflow != "create_slack_message" || got.ObjectType != "incident" ||
		got.Principal != "b@a.com" {
		t.Errorf("got %+v", got)
	}
	want := []string{"slack_channel", "slack_details", "slack_thread_id", "slack_reply_broadcast", "slack_markdwn"}
	if diff := cmp.Diff(want, got.Inputs.Names()); diff != "" {
		t.Errorf("input names (-want +got):\n%s", diff)
	}
	if string(got.Raw) != message {
		t.Error("Raw is not the message")
	}
}

func TestDecodeCallTakesWhatItNeeds(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		check      func(Call) bool
	}{
		{"display name of a workflow without an API name", `{"function":{"name":"f"},"workflow":{"name":"My flow"}}`,
			func(c Call) bool { return c.Workflow == "My flow" }},
		{"workflow and principal of unexpected forms", `{"function":{"name":"f"},"workflow":[1],"principal":"joe","inputs":{"a":1}}`,
			func(c Call) bool {
				return c.Workflow == "" && c.Principal == "" && len(c.Inputs.Names()) == 1
			}},
		{"null inputs", `{"function":{"name":"f"},"inputs":null}`,
			func(c Call) bool { return len(c.Inputs.Names()) == 0 }},
		{"byte order mark", "\xEF\xBB\xBF" + `{"function":{"name":"f"}}`,
			func(c Call) bool { return c.Function == "f" }},
		{"half a surrogate pair", `{"function":{"name":"f"},"inputs":{"a":"x\ud83dy \\ud83d \ud83d\ude00"}}`,
			func(c Call) bool {
				text, _ := c.Inputs.Text("a")
				return text == "x\uFFFDy \\ud83d 😀"
			}},
		{"bytes that are no UTF-8", "{\"function\":{\"name\":\"f\"},\"inputs\":{\"a\":\"x\xed\xa0\xbdy\"}}",
			func(c Call) bool {
				text, _ := c.Inputs.Text("a")
				return strings.HasPrefix(text, "x\uFFFD") && strings.HasSuffix(text, "y")
			}},
		{"last of two values", `{"function":{"name":"f"},"inputs":{"a":1,"b":2,"a":3}}`,
			func(c Call) bool {
				js, _ := c.Inputs.MarshalJSON()
				return string(js) == `{"a":3,"b":2}`
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeCall([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(got) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestDecodeCallSaysWhereItIsMalformed(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{"", "not a function call: the message is empty"},
		{" \n", "not a function call: the message is empty"},
		{"hello", "not a function call: byte 0: invalid character 'h' looking for beginning of value, near hello"},
		{`{"function": {"name": "f"}, oops}`, "not a function call: byte 28: invalid character 'o' looking for beginning of object key string, near on\": {\"name\": \"f\"}, oops}"},
		{`{"function": {"name`, "not a function call: byte 19: the JSON ends too early, near {\"function\": {\"name"},
		{`[1]`, "not a function call: want a JSON object, got [1]"},
		{`{"function":{"name":"f"}} {"x":1}`, "not a function call: byte 26: text after the end of the JSON object: {\"x\":1}"},
		{`{}`, "not a function call: function: missing"},
		{`{"function":"f"}`, `not a function call: function: want an object with a name, got "f"`},
		{`{"function":{"name":7}}`, `not a function call: function: want an object with a name, got {"name":7}`},
		{`{"function":{"id":7}}`, `not a function call: function.name: missing or empty`},
		{`{"function":{"name":"f"},"inputs":[1,2]}`, `not a function call: inputs: want an object, got [1,2]`},
		{`{"action_id":12,"object_type":0,"incident":{"id":1}}`, "not a function call: function: missing: this is the message of a rule whose destination is this queue; let the rule run a workflow with the function instead"},
	} {
		_, err := DecodeCall([]byte(tt.body))
		var malformed *MalformedError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: got %v, want a *MalformedError", tt.body, err)
			continue
		}
		if got := malformed.Error(); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.body, got, tt.want)
		}
	}
}

func FuzzDecodeCall(f *testing.F) {
	f.Add([]byte(message))
	f.Add([]byte(`{"function":{"name":"f"},"inputs":{"a":"\ud800\\ud800"}}`))
	f.Add([]byte(`{"action_id":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := DecodeCall(body)
		if err != nil {
			var malformed *MalformedError
			if !errors.As(err, &malformed) {
				t.Fatalf("got %T, want *MalformedError", err)
			}
			if len(err.Error()) > 600 {
				t.Fatalf("the error is %d bytes long", len(err.Error()))
			}
			return
		}
		// Reading what was read gives the same, so a journal can keep Raw.
		again, err := DecodeCall(c.Raw)
		if err != nil {
			t.Fatalf("Raw does not decode: %v", err)
		}
		first, err := json.Marshal(c.Inputs)
		if err != nil {
			t.Fatalf("the inputs do not encode: %v", err)
		}
		second, _ := json.Marshal(again.Inputs)
		if again.Function != c.Function || string(first) != string(second) {
			t.Fatalf("got %s %s, then %s %s", c.Function, first, again.Function, second)
		}
	})
}
