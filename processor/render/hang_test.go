package render

import (
	"regexp"
	"testing"
)

// A format that hangs is stopped, and the error names the lines of its loop.
func TestHangs(t *testing.T) {
	const source = `export default {
  format(message) {
    let n = 0;
    for (;;) {
      n += message.title.length;
    }
  },
};`
	r := newRenderer(t, map[string]string{"default.js": source}, nil)
	out := render(t, r, call(t, map[string]any{"slack_channel": "soc", "slack_details": nine}))
	want := regexp.MustCompile(`^scripts/default\.js:[45]:\d+: ran longer than `)
	if out.Failed == nil || !want.MatchString(out.Failed.Error()) {
		t.Errorf("got %v, want %v", out.Failed, want)
	}
	if out.Script != Classic || len(out.Messages) != 1 {
		t.Errorf("got %q and %d messages, want the classic one", out.Script, len(out.Messages))
	}
}
