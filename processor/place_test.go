package processor

import "testing"

// The newest call may leave at once, because the journal knows its answer. Who
// comes after it still waits for those that came before it.
func TestPlaceLeftOutOfTurnFreesNoLane(t *testing.T) {
	var l lanes
	first, second := l.join("soc"), l.join("soc")
	second.leave()
	third := l.join("soc")
	select {
	case <-third.before:
		t.Error("the third has overtaken the first")
	default:
	}
	first.leave()
	if err := third.wait(t.Context()); err != nil {
		t.Error(err)
	}
	third.leave()
	if len(l.last) > 0 {
		t.Errorf("%d lanes are left", len(l.last))
	}
}
