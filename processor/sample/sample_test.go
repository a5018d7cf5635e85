package sample

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/engine"
)

const someDetails = `{ "Name": { "type": "string", "data": "DoS" } }`

// inputsOf are the inputs of a sample as texts.
func inputsOf(t *testing.T, s Sample) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range s.Call.Inputs.Names() {
		text, err := s.Call.Inputs.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = text
	}
	return got
}

func TestForms(t *testing.T) {
	quoted, _ := json.Marshal(someDetails)
	for _, c := range []struct {
		name, data string
		want       map[string]string
	}{
		{"slack_details", someDetails, map[string]string{"slack_channel": channel, "slack_details": someDetails}},
		{"slack_details with a byte order mark", "\uFEFF" + someDetails, map[string]string{"slack_channel": channel, "slack_details": someDetails}},
		{"slack_details that is not strict JSON", `{ "A": { "type": "string", "data": "C:\temp", }, }`,
			map[string]string{"slack_channel": channel, "slack_details": `{ "A": { "type": "string", "data": "C:\temp", }, }`}},
		{"inputs", `{ "slack_details": ` + string(quoted) + `, "slack_user_id": { "id": 7, "name": "Anna" } }`,
			map[string]string{"slack_channel": channel, "slack_details": someDetails, "slack_user_id": "Anna"}},
		{"inputs with a channel", `{ "slack_details": ` + string(quoted) + `, "slack_channel": "soc" }`,
			map[string]string{"slack_channel": "soc", "slack_details": someDetails}},
		{"a function call", `{ "function": { "name": "slack_post_message" }, "inputs": { "slack_channel": "soc", "slack_details": ` + string(quoted) + ` }, "principal": { "name": "anna" } }`,
			map[string]string{"slack_channel": "soc", "slack_details": someDetails}},
		{"labels named as the inputs of other functions", `{ "attachment_id": { "type": "string", "data": "x" }, "file": { "name": 7 }, "previous": {}, "messages": { "type": "string", "data": "y" } }`,
			map[string]string{"slack_channel": channel, "slack_details": `{ "attachment_id": { "type": "string", "data": "x" }, "file": { "name": 7 }, "previous": {}, "messages": { "type": "string", "data": "y" } }`}},
		// A label may be called what a call has: only both make a call.
		{"labels named function and workflow", `{ "function": { "type": "string", "data": "x" } }`,
			map[string]string{"slack_channel": channel, "slack_details": `{ "function": { "type": "string", "data": "x" } }`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("name", []byte(c.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, inputsOf(t, s)); diff != "" {
				t.Errorf("inputs -want +got:\n%s", diff)
			}
			if s.Name != "name" || s.Call.Function != "slack_post_message" {
				t.Errorf("got %q, function %q", s.Name, s.Call.Function)
			}
		})
	}
}

func TestCallThatIsNoCall(t *testing.T) {
	_, err := Parse("x", []byte(`{ "function": 7, "inputs": {} }`))
	if err == nil || !strings.Contains(err.Error(), "function") {
		t.Errorf("got %v, want what is wrong with the function", err)
	}
}

func TestOverride(t *testing.T) {
	s, err := Parse("x", []byte(someDetails))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range [][2]string{{"slack_channel", "C1"}, {"slack_thread_id", `1.5 "quoted"`}, {"slack_channel", "C2"}} {
		if err := s.Override(o[0], o[1]); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"slack_channel": "C2", "slack_thread_id": `1.5 "quoted"`, "slack_details": someDetails}
	if diff := cmp.Diff(want, inputsOf(t, s)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBuiltin(t *testing.T) {
	in := inputsOf(t, Builtin())
	if in["slack_channel"] != channel || strings.Count(in["slack_details"], `"type"`) != 9 {
		t.Errorf("got %v, want the nine fields of the shipped workflow", in)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("a.want.json", `{"text":"x"}`)
	a, err := Read(write("a.json", someDetails))
	if err != nil || a.Name != "a.json" || string(a.Want) != `{"text":"x"}` {
		t.Errorf("got %q %s %v, want the sample and its expectation", a.Name, a.Want, err)
	}
	b, err := Read(write("b.json", someDetails))
	if err != nil || b.Want != nil {
		t.Errorf("got %s %v, want no expectation", b.Want, err)
	}
	if _, err := Read(filepath.Join(dir, "missing.json")); !os.IsNotExist(err) {
		t.Errorf("got %v, want that there is no such file", err)
	}
	big := write("big.json", strings.Repeat(" ", engine.MaxSample+1))
	if _, err := Read(big); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("got %v, want that it is too large", err)
	}
	call := write("call.json", `{ "function": {}, "inputs": {} }`)
	if _, err := Read(call); err == nil || !strings.Contains(err.Error(), "call.json: ") {
		t.Errorf("got %v, want the file's name", err)
	}
}

// What a sample says is only data for a layout: whatever it is, it is read or
// refused with words.
func FuzzParse(f *testing.F) {
	f.Add([]byte(someDetails))
	f.Add([]byte(`{ "slack_details": "{}" , "slack_channel": null }`))
	f.Add([]byte(`{ "function": { "name": "f" }, "inputs": { "a": [ { "name": "b" } ] } }`))
	f.Add([]byte(` {} `))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x", data)
		if err != nil {
			return
		}
		if err := s.Override("slack_channel", "C1"); err != nil {
			t.Fatalf("override: %v", err)
		}
		if got, err := s.Call.Inputs.Text("slack_channel"); err != nil || got != "C1" {
			t.Fatalf("got the channel %q, %v", got, err)
		}
	})
}
