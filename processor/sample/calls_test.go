package sample

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
)

func TestFormsOfACallThatPostsAFile(t *testing.T) {
	for what, c := range map[string]struct {
		data   string
		want   *Upload
		inputs map[string]string
	}{
		"of an incident": {`{"attachment_id": 27, "file": {"name": "a.eml", "size": 12}}`,
			&Upload{"Incident ID 2223 incident Attachment: a.eml", "a.eml", 12}, map[string]string{"attachment_id": "27", "incident_id": "2223", "slack_channel": "general"}},
		"of a task": {`{"attachment_id": 27, "task_id": 5, "incident_id": 7, "slack_text": "x", "file": {"name": "a.eml"}}`,
			&Upload{"Incident ID 7 task Attachment: a.eml", "a.eml", 0}, map[string]string{"attachment_id": "27", "task_id": "5", "incident_id": "7", "slack_text": "x", "slack_channel": "general"}},
		"without a name": {`{"artifact_id": 81, "slack_text": "x"}`,
			&Upload{"Incident ID 2223 artifact Attachment: file of artifact 81", "file of artifact 81", 0}, map[string]string{"artifact_id": "81", "incident_id": "2223", "slack_text": "x", "slack_channel": "general"}},
		"a whole call": {`{"function": {"name": "slack_post_attachment"}, "inputs": {"attachment_id": 27, "incident_id": 7}, "file": {"name": "a.eml"}}`,
			&Upload{"Incident ID 7 incident Attachment: a.eml", "a.eml", 0}, map[string]string{"attachment_id": "27", "incident_id": "7"}},
		"of another function": {`{"slack_text": "x"}`, nil, map[string]string{"incident_id": "2223", "slack_text": "x", "slack_channel": "general"}},
	} {
		s, err := Parse("name", []byte(c.data))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if diff := cmp.Diff(c.want, s.Upload()) + cmp.Diff(c.inputs, inputsOf(t, s)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", what, diff)
		}
	}
	if _, err := Parse("name", []byte(`{"attachment_id": 27, "file": "a.eml"}`)); err == nil || !strings.Contains(err.Error(), `"file" must be an object`) {
		t.Errorf("a file that is a text: %v", err)
	}
}

// However a history comes, and in whatever order, its archive is the same.
func TestFormsOfAHistory(t *testing.T) {
	const (
		first  = `{"ts": "1524857620.000100", "thread_ts": "1524857620.000100", "user": "U0ANNA0001", "text": "hello <@U0LEO00001> in <#C0NETWORK1>"}`
		reply  = `{"ts": "1524857720.000100", "thread_ts": "1524857620.000100", "user": "U0LEO00001", "text": "yes"}`
		second = `{"ts": "1524857700.000100", "username": "bot", "text": "2 - Anna POSTED ON"}`
	)
	want := []string{"1 - U0ANNA0001 POSTED ON 2018-04-27 19:33:40", "hello @U0LEO00001 in #C0NETWORK1", "", "1 REPLIES:", "\t1 - U0LEO00001 POSTED A REPLY ON 2018-04-27 19:35:20", "\tyes", "",
		"2 - bot POSTED ON 2018-04-27 19:35:00", "> 2 - Anna POSTED ON", ""}
	named := strings.Split(strings.NewReplacer("U0ANNA0001", "Anna", "U0LEO00001", "Leo", "C0NETWORK1", "network").Replace(strings.Join(want, "\n")), "\n")
	e, err := engine.New(engine.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for what, c := range map[string]struct {
		data string
		want []string
	}{
		"an answer":           {`{"ok": true, "messages": [` + second + "," + reply + "," + first + `], "has_more": false}`, want},
		"a list":              {"[" + first + "," + reply + "," + second + "]", want},
		"lines":               {first + "\n" + reply + "\n" + second + "\n", want},
		"with names":          {`{"messages": [` + first + "," + reply + "," + second + `], "names": {"U0ANNA0001": "Anna", "U0LEO00001": "Leo", "C0NETWORK1": "network"}}`, named},
		"with inputs":         {`{"messages": [` + first + "," + reply + "," + second + `], "inputs": {"incident_id": 7}}`, want},
		"a call":              {`{"function": {"name": "slack_archive_channel"}, "inputs": {"incident_id": 7}, "messages": [` + first + "," + reply + "," + second + `]}`, want},
		"nothing was written": {`{"messages": []}`, []string{""}},
	} {
		s, err := Parse("name", []byte(c.data))
		if err != nil || s.Call.Function != "slack_archive_channel" || !s.Call.Inputs.Has("incident_id") {
			t.Errorf("%s: %v, function %s", what, err, s.Call.Function)
			continue
		}
		out, err := s.Render(t.Context(), NewRenderer(e), render.Request{ID: "1", Time: Now})
		if diff := cmp.Diff(c.want, out.Archive); diff != "" || err != nil || out.Script != render.Classic || len(out.Messages) > 0 {
			t.Errorf("%s: %v, script %s: -want +got:\n%s", what, err, out.Script, diff)
		}
	}
	for data, want := range map[string]string{
		`{"messages": [{"text": "x"}]}`:       "messages[0]: a message of Slack's has the time",
		`{"messages": [` + first + `, 7]}`:    "messages[1]: ",
		`{"messages": [], "names": ["Anna"]}`: `"names" an object`,
		`[{"text": "x"}]`:                     "slack_details cannot be read",
		`{"function": {"name": "slack_archive_channel"}, "inputs": {"incident_id": 7}}`: `a sample of slack_archive_channel needs "messages"`,
	} {
		s, err := Parse("name", []byte(data))
		if err == nil {
			_, err = s.Render(t.Context(), NewRenderer(e), render.Request{ID: "1", Time: Now})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", data, err, want)
		}
	}
}

// What a script does to comments and archives is tried before it goes live.
func TestCheckOfCommentsAndArchives(t *testing.T) {
	const (
		message = `{"ts": "1524857620.000100", "user": "U0ANNA0001", "text": "hello"}`
		history = `{"messages": [` + message + `]}`
		comment = `{"attachment_id": 27, "slack_text": "look"}`
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		err   string // a part of it; "" for none
	}{
		{"an archive", map[string]string{"x.js": `export default { archive: (m) => m.text };`, "samples/x/a.json": history}, ""},
		{"a list of messages", map[string]string{"x.js": `export default { archive: (m) => m.text };`, "samples/x/a.json": "[" + message + "]"}, ""},
		{"an archive that throws", map[string]string{"x.js": "export default {\n  archive: (m) => m.nothing.here };", "samples/x/a.json": history}, "scripts/x.js:2:"},
		{"an archive that is no text", map[string]string{"x.js": `export default { archive: (m) => 7 };`, "samples/x/a.json": history}, "what archive returns must be a string or null, not number"},
		{"a match that throws on it", map[string]string{"x.js": `export default { match: (c) => c.function === "slack_archive_channel" && c.nothing.here, archive: (m) => m.text };`, "samples/x/a.json": history}, "scripts/x.js:1:"},
		{"without archive", map[string]string{"x.js": `export default { format: (m) => m.text };`, "samples/x/a.json": history}, ""},
		{"in the script", map[string]string{"x.js": `export default { archive: (m) => m.user + ": " + m.text, samples: [{ name: "a", messages: [` + message + `], names: { U0ANNA0001: "Anna" }, want: { archive: ["Anna: hello"] } }] };`}, ""},
		{"in the script, another text", map[string]string{"x.js": `export default { archive: (m) => m.text, samples: [{ name: "a", messages: [` + message + `], want: { archive: ["bye"] } }] };`}, `sample a: /archive/0: want "bye", got "hello"`},
		{"a comment", map[string]string{"x.js": `export default { format: (m) => "no", match: () => false };`, "samples/x/a.json": comment}, ""},
		{"a comment of before", map[string]string{"x.js": `export default {};`, "samples/x/a.json": `{"attachment_id": 27, "slack_text": "look", "previous": {"A": {"type": "string", "data": "1"}}}`}, "only a message is shown anew"},
		{"a comment that throws", map[string]string{"x.js": `export default { match: () => false, format: (m) => m.nothing.here };`, "samples/x/a.json": comment}, "scripts/x.js:1:"},
		{"a comment in the script", map[string]string{"x.js": `export default { format: (m) => m.text, samples: [{ name: "a", inputs: ` + comment + `, file: { name: "a.eml" }, want: { text: "look" } }] };`}, ""},
		{"a comment in the script, another text", map[string]string{"x.js": `export default { samples: [{ name: "a", inputs: ` + comment + `, want: { text: "see" } }] };`}, `sample a: /text: want "see", got "look"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := checkFolder(t, c.files)
			if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}
