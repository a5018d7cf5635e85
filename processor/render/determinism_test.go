package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A retry must not change a message: the same call gives the same bytes, in
// another worker and in another process as well.
func TestSameCallSameBytes(t *testing.T) {
	const source = `
export default {
  format(message) {
    const now = new Date();
    const keys = Object.keys(message.call.inputs);
    const draw = Array.from({ length: 5 }, Math.random);
    return { text: [now.toISOString(), now.toString(), Date.now(), ...draw, ...keys].join(" "), blocks: [slack.fields(message.fields)] };
  },
};`
	c := call(t, map[string]any{"slack_channel": "soc", "slack_details": nine, "b": 1, "a": 2, "2024": 3})
	var want string
	for range 3 {
		r := newRenderer(t, map[string]string{"default.js": source}, nil)
		for range 3 {
			out := render(t, r, c)
			if out.Failed != nil {
				t.Fatal(out.Failed)
			}
			got := js(t, out.Messages)
			if want == "" {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("-first +then:\n%s", diff)
			}
		}
	}
}

// Two calls must not draw the same numbers, or a script could not tell them apart.
func TestAnotherCallOtherNumbers(t *testing.T) {
	r := newRenderer(t, map[string]string{"default.js": `export default { format: () => String(Math.random()) };`}, nil)
	c := call(t, map[string]any{"slack_channel": "soc", "slack_details": nine})
	text := func(id string) string {
		out, err := r.Render(t.Context(), Request{Call: c, ID: id, Time: noon})
		if err != nil || out.Failed != nil {
			t.Fatal(err, out.Failed)
		}
		return out.Messages[0].Text
	}
	if a, b := text("delivery-1"), text("delivery-2"); a == b {
		t.Errorf("two calls drew %s", a)
	}
}
