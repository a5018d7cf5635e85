package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// archiveCall is a call of slack_archive_channel.
func archiveCall(t *testing.T, inputs string) resilient.Call {
	t.Helper()
	c, err := resilient.DecodeCall([]byte(`{"function": {"name": "slack_archive_channel"}, "inputs": ` + inputs + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var twoLines = []Line{
	{Number: 1, User: "ada", Time: "2026-11-28 18:00:00", Text: "hello", Replies: 1, Files: []LineFile{{"a.txt", "https://f"}}, Classic: "1 - ada\n"},
	{Number: 1, IsReply: true, User: "leo", Text: "<b>\n\"x\"", Classic: "\t1 - leo\n"},
}

func TestScriptsOfAnArchive(t *testing.T) {
	for what, c := range map[string]struct {
		scripts map[string]string
		inputs  string
		script  string
		want    []string // "-" is the built-in layout
	}{
		"none":                    {nil, `{}`, "", nil},
		"without archive":         {map[string]string{"default.js": `export default { format: () => "x" };`}, `{}`, "", nil},
		"default":                 {map[string]string{"default.js": "export default { archive: (m) => `${m.number} ${m.isReply} ${m.user} ${m.time} ${m.text} ${m.replies} ${m.files[0]?.url}` };"}, `{}`, "default.js", []string{"1 false ada 2026-11-28 18:00:00 hello 1 https://f", "1 true leo  <b>\n\"x\" 0 undefined"}},
		"classic":                 {map[string]string{"default.js": `export default { archive: (m) => m.isReply ? undefined : m.classic };`}, `{}`, "default.js", []string{"1 - ada\n", "-"}},
		"left out":                {map[string]string{"default.js": `export default { archive: (m) => m.isReply ? "" : null };`}, `{}`, "default.js", []string{"-", ""}},
		"control characters":      {map[string]string{"default.js": `export default { archive: (m) => "a\u202eb\u0007c\td" };`}, `{}`, "default.js", []string{"abc\td", "abc\td"}},
		"by match":                {map[string]string{"a.js": `export default { match: (c) => c.function === "slack_archive_channel" && c.inputs.incident_id === 7, archive: (m) => m.call.inputs.incident_id + m.user };`, "default.js": `export default { archive: () => "no" };`}, `{"incident_id": 7}`, "a.js", []string{"7ada", "7leo"}},
		"by match, not this call": {map[string]string{"a.js": `export default { match: (c) => c.inputs.incident_id === 7, archive: () => "no" };`, "default.js": `export default { archive: (m) => m.user };`}, `{"incident_id": 8}`, "default.js", []string{"ada", "leo"}},
		"takes it, but for posts": {map[string]string{"a.js": `export default { match: () => true, format: () => "no" };`, "default.js": `export default { archive: (m) => m.user };`}, `{}`, "default.js", []string{"ada", "leo"}},
		"by name":                 {map[string]string{"b.js": `export default { match: () => false, archive: (m) => m.user };`, "default.js": `export default { archive: () => "no" };`}, `{"slack_formatter": "b"}`, "b.js", []string{"ada", "leo"}},
	} {
		t.Run(what, func(t *testing.T) {
			out, err := newRenderer(t, c.scripts, nil).Archive(t.Context(), Request{Call: archiveCall(t, c.inputs), ID: "1", Time: noon}, twoLines)
			var got []string
			for _, block := range out.Blocks {
				if block == nil {
					got = append(got, "-")
				} else {
					got = append(got, *block)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || out.Script != c.script || err != nil || out.Failed != nil {
				t.Errorf("%s %v %v: %s", out.Script, err, out.Failed, diff)
			}
		})
	}
}

// A script that fails leaves the built-in layout, or fails the call.
func TestScriptsOfAnArchiveThatFail(t *testing.T) {
	for source, want := range map[string]string{
		`export default { archive: (m) => m.nothing.x };`:                                   "default.js:1",
		`export default { archive: () => 7 };`:                                              "what archive returns must be a string or null, not number",
		`export default { archive: async () => "x" };`:                                      "what archive returns must be a string or null, not object",
		`export default { archive: () => { for (;;); } };`:                                  "ran longer",
		`export default { archive: (m) => m.isReply ? "x".repeat(1 << 20) : "", a: null };`: "unknown member",
	} {
		req := Request{Call: archiveCall(t, `{}`), ID: "1", Time: noon}
		out, err := newRenderer(t, map[string]string{"default.js": source}, nil).Archive(t.Context(), req, twoLines)
		if err != nil || out.Failed == nil || !strings.Contains(out.Failed.Error(), want) || out.Blocks != nil {
			t.Errorf("%s: %+v, %v", source, out, err)
		}
		_, err = newRenderer(t, map[string]string{"default.js": source}, func(c *Config) { c.Fail = true }).Archive(t.Context(), req, twoLines)
		if k, _ := kind.Of(err); k != kind.Script {
			t.Errorf("%s: %v is of kind %s", source, err, k)
		}
	}
}

// What warns of members that nothing has knows those of an archive's message.
func TestShapeOfALine(t *testing.T) {
	r := newRenderer(t, map[string]string{"default.js": `export default { archive: (m) => JSON.stringify(Object.keys(m).sort()) };`}, nil)
	out, err := r.Archive(t.Context(), Request{Call: archiveCall(t, `{}`), Time: noon}, twoLines)
	if err != nil || len(out.Blocks) != 2 {
		t.Fatal(out, err)
	}
	var got []string
	if err := json.Unmarshal([]byte(*out.Blocks[0]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(lineShape())), got); diff != "" {
		t.Error(diff)
	}
}
