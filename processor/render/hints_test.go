package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A mention that stands in a script is a hint, with its place; what a helper makes
// is none.
func TestHints(t *testing.T) {
	r := newRenderer(t, map[string]string{
		"a.ts":     "import { who } from './lib/b';\nexport default { format: (m: Array<string | null>) => '<!here> ' + who + slack.user('U1') + '<https://x.example|x>' };",
		"lib/b.ts": "export const who = '<!subteam^S1>';",
	}, nil)
	want := []string{
		`scripts/a.ts:2: hint: incident text that holds <!here> switches off the one that is written here; what slack.broadcast("here") makes stays live`,
		"scripts/lib/b.ts:1: hint: incident text that holds <!subteam^S1> switches off the one that is written here; what slack.user(id) makes stays live",
	}
	if diff := cmp.Diff(want, Hints(r.Engine().Scripts().Script("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
