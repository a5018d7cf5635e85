package render

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The driver refuses what is not in its list of a result's members, so the list
// must be that of the struct which reads them.
func TestMembersOfResult(t *testing.T) {
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[result]()) {
		want = append(want, field.Tag.Get("json"))
	}
	r := newRenderer(t, map[string]string{"default.js": `export default { format: () => ({ nothing: 1 }) };`}, nil)
	out := render(t, r, call(t, map[string]any{"slack_channel": "soc", "slack_details": nine}))
	if out.Failed == nil {
		t.Fatal("an unknown member was taken")
	}
	_, list, _ := strings.Cut(out.Failed.Error(), "known are ")
	if diff := cmp.Diff(want, strings.Split(list, ", ")); diff != "" {
		t.Errorf("-result.go +driver.js:\n%s", diff)
	}
}
