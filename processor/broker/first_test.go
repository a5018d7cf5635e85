package broker

import (
	"testing"
	"time"
)

func TestFirstOfAll(t *testing.T) {
	at := func(s int) time.Time { return time.UnixMilli(1_700_000_000_000).Add(time.Duration(s) * time.Second) }
	message := func(id string, sent time.Time, again bool) *Delivery {
		return &Delivery{MessageID: id, Timestamp: sent, Redelivered: again, session: &session{}}
	}
	var f firsts
	for _, c := range []struct {
		what string
		d    *Delivery
		want bool
	}{
		{"before anything came as new", message("a", at(1), true), false},
		{"new, without a time", message("b", time.Time{}, false), true},
		{"new", message("c", at(5), false), true},
		{"new, and sent earlier", message("d", at(4), false), true},
		{"seen as new", message("b", time.Time{}, true), true},
		{"never seen, sent after one that was new", message("e", at(6), true), true},
		{"never seen, sent with it", message("f", at(4), true), false},
		{"never seen, sent before", message("g", at(3), true), false},
		{"never seen, without a time", message("h", time.Time{}, true), false},
	} {
		if got := f.came(c.d); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	f.acknowledged(message("b", time.Time{}, true))
	if f.came(message("b", time.Time{}, true)) {
		t.Error("what is acknowledged is remembered")
	}
}
