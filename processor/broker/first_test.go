package broker

import "testing"

func TestFirstOfAll(t *testing.T) {
	message := func(id string, again bool) *Delivery {
		return &Delivery{MessageID: id, Redelivered: again, session: &session{}}
	}
	var f firsts
	for _, c := range []struct {
		what string
		d    *Delivery
		want bool
	}{
		{"before anything came as new", message("a", true), false},
		{"new", message("b", false), true},
		{"new, and come again", message("b", true), true},
		{"come again, and never new", message("a", true), false},
	} {
		if got := f.came(c.d); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	f.acknowledged(message("b", true))
	if f.came(message("b", true)) {
		t.Error("what is acknowledged is remembered")
	}
}
