package render

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// What warns of members that nothing has knows those that the driver hands over.
func TestShapesAreThoseOfTheDriver(t *testing.T) {
	for expression, want := range map[string][]string{
		"m":             slices.Sorted(maps.Keys(messageShape())),
		"m.call":        slices.Sorted(maps.Keys(callShape())),
		"m.incident":    slices.Sorted(maps.Keys(messageShape()["incident"])),
		"m.field('Id')": {"data", "empty", "label", "plain", "text", "type"}, // richText and note only some have
	} {
		r := newRenderer(t, map[string]string{"default.js": "export default { format: (m) => Object.keys(" + expression + ").sort().join() };"}, nil)
		out := render(t, r, call(t, map[string]any{"slack_channel": "c", "slack_details": `{"Id": {"type": "incident", "data": 7}}`}))
		if out.Failed != nil || len(out.Messages) != 1 || out.Messages[0].Text != strings.Join(want, ",") {
			t.Errorf("%s: got %+v %v, want %v", expression, out.Messages, out.Failed, want)
		}
	}
}
