package render

import (
	"reflect"
	"strings"
	"testing"
)

func TestWhatWasMadeGoesBesideTheOutput(t *testing.T) {
	link := "<https://example.com/|3:x>"
	for _, label := range []string{"", "a", "3:x", "ü\n", strings.Repeat("s1:", 100)} {
		var m maker
		m.note("see " + link)
		m.shows(label, label)
		m.hides(label)
		if !m.has(link) {
			t.Errorf("%s has not been made", link)
		}
		want := noted{made: []string{link}, shows: []shownAs{{label: label, text: label}, {label: label, hidden: true}}}
		aside := m.aside()
		if got := readNoted(aside); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if m.has(link) || m.aside() != nil {
			t.Error("it is still known for the next message")
		}
		for _, other := range []string{string(aside) + "x", "<" + string(aside), "[]", "s-1:", "h:", "h9223372036854775808:", `{"made":["` + link + `"]}`} {
			if got := readNoted([]byte(other)); !reflect.DeepEqual(got, noted{}) {
				t.Errorf("%q is read as %v", other, got)
			}
		}
	}
}
