package card

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 123_000_000, time.UTC)

func values(pairs ...string) (vs []Value) {
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, Value{Label: pairs[i], Text: pairs[i+1]})
	}
	return vs
}

func reread(t *testing.T, s State) State {
	t.Helper()
	text := s.Write()
	if len(text) > MaxBytes {
		t.Fatalf("%d bytes are more than %d", len(text), MaxBytes)
	}
	got, err := Read(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if at, ok := Since(text); !ok || !at.Equal(got.At) {
		t.Fatalf("since %v, %v instead of %v\n%s", at, ok, got.At, text)
	}
	return got
}

func TestChangesAreTold(t *testing.T) {
	long := strings.Repeat("long ", 100)
	for _, c := range []struct {
		name        string
		before, now []Value
		want        []Change
	}{
		{"nothing", values("a", "1", "b", long), values("a", "1", "b", long), nil},
		{"a value", values("a", "1", "b", "2"), values("a", "1", "b", "3"), []Change{{"b", "2", "3", true}}},
		{"in the order of now", values("a", "1", "b", "2"), values("b", "3", "a", "4"), []Change{{"b", "2", "3", true}, {"a", "1", "4", true}}},
		{"a new one", values("a", "1"), values("a", "1", "b", "2"), []Change{{"b", "", "2", true}}},
		{"a new empty one", values("a", "1"), values("a", "1", "b", ""), nil},
		{"one that is gone", values("a", "1", "b", "2"), values("a", "1"), []Change{{"b", "2", "", true}}},
		{"an empty one that is gone", values("a", "1", "b", ""), values("a", "1"), nil},
		{"a long one", values("a", long), values("a", "1"), []Change{{"a", "", "1", false}}},
		{"a long one that is gone", values("a", long), nil, []Change{{"a", "", "", false}}},
		{"a label twice", values("a", "1", "a", "2"), values("a", "1", "a", "3"), []Change{{"a", "2", "3", true}}},
		{"a value that looks like a hash", values("a", hash("1")), values("a", "1"), []Change{{"a", hash("1"), "1", true}}},
		{"signs", values("a\"\n", "\u2028<&>"), values("a\"\n", "x"), []Change{{"a\"\n", "\u2028<&>", "x", true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := reread(t, State{At: noon, Values: c.before}).Changes(c.now)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Whatever an incident holds, its state fits, the same values are no change, and
// another value is one.
func TestEveryStateFits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(max int) string {
		var b strings.Builder
		for range random.IntN(max + 1) {
			b.WriteRune([]rune("aZ9 \"\\\n<&\u2028é漢😀\x01")[random.IntN(13)])
		}
		return b.String()
	}
	for range 500 {
		var vs []Value
		for i := range 1 + random.IntN(200) {
			vs = append(vs, Value{Label: fmt.Sprint(i, text(random.IntN(40))), Text: text(random.IntN(300))})
		}
		s := reread(t, State{At: noon, Values: vs})
		if got := s.Changes(vs); got != nil {
			t.Fatalf("the same values are told as %v", got)
		}
		again := reread(t, s)
		if got := again.Changes(vs); got != nil {
			t.Fatalf("written again they are told as %v", got)
		}
		i := random.IntN(len(vs))
		vs[i].Text += "x"
		if got := s.Changes(vs); len(got) != 1 || s.all == "" && got[0].Label != vs[i].Label {
			t.Fatalf("one other value is told as %v", got)
		}
	}
}

func TestWhatIsNoState(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", `{"v":"2","at":"1"}`, `{"v":"1"}`, `{"v":"1","at":"x"}`, `{"v":"1","at":"1","f":[["a"]]}`, `{"v":"1","at":"1","f":[1]}`} {
		if s, err := Read(text); err == nil {
			t.Errorf("%s is read as %v", text, s)
		}
	}
}
