package broker

import (
	"io"
	"testing"
	"time"
)

// A broker that is away may be back at any moment, and what was answered waits for it;
// a refused login needs a person.
func TestTheWaitIsShortWhereTheBrokerMayBeBack(t *testing.T) {
	b := backoff{first: 500 * time.Millisecond, last: time.Minute}
	var longest time.Duration
	for range 200 {
		longest = max(longest, b.next(io.EOF))
	}
	if longest > soon || longest < soon/2 {
		t.Errorf("the longest of 200 waits is %v, want %v at most, and not far below", longest, soon)
	}
	if wait := b.next(&LoginError{Message: "password is invalid"}); wait < 30*time.Second {
		t.Errorf("after a refused login the wait is %v, want half a minute at least", wait)
	}
	if wait := b.next(io.EOF); wait > soon {
		t.Errorf("after that a broker that is away is asked after %v", wait)
	}
}
