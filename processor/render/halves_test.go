package render

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHalvesOfCharactersAreNamedOneByOne(t *testing.T) {
	for _, c := range []struct{ output, note string }{
		{`"whole \ud83d\ude00"`, ""},
		{`"a\ud83d"`, "half a character at character 2"},
		{`{"text":"\ude00b\ud83d","blocks":[{"type":"divider"},{"text":{"text":"é\ud83d"}}]}`,
			"half a character at /text, character 1; /text, character 3; /blocks/1/text/text, character 2"},
		{`["\ud83d","\ud83d\ud83d\ud83d\ud83d\ud83d"]`,
			"half a character at /0, character 1; /1, character 1; /1, character 2; /1, character 3; /1, character 4 and more"},
	} {
		repaired, note := whole(json.RawMessage(c.output), nil)
		want := c.note
		if want != "" {
			want += ": a text was cut in the middle of one; slack.truncate does not, nor does Array.from(text).slice(…)"
		}
		if diff := cmp.Diff(want, note); diff != "" || !json.Valid(repaired) {
			t.Errorf("%s (-want +got):\n%s\n%s", c.output, diff, repaired)
		}
	}
}
