package processor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Statuses come together unless something holds up the call, and then at the
// latest after a second.
func TestStatusesComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s statuses
		var sent []string
		send := func(body []byte) error { sent = append(sent, message(t, body)); return nil }
		s.add("Rendered by a.js", send)
		s.add("Message added", send)
		if got := message(t, s.take()); got != "Rendered by a.js. Message added" {
			t.Errorf("the answer would come after %q", got)
		}
		if s.take() != nil {
			t.Error("a status is there twice")
		}
		s.add("Rendered by b.js", send)
		time.Sleep(statusDelay - 1)
		s.add("The message waits", send)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		s.add("Message added", send)
		if got := message(t, s.take()); got != "Message added" {
			t.Errorf("the answer would come after %q", got)
		}
		time.Sleep(2 * statusDelay)
		if want := []string{"Rendered by b.js. The message waits"}; !slices.Equal(sent, want) {
			t.Errorf("sent %q, want %q", sent, want)
		}
	})
}

// Where the connection is gone, or the call has just ended, they come with the answer.
func TestStatusesThatAreNotSentStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s statuses
		tries := 0
		fail := func([]byte) error { tries++; return errors.New("no connection") }
		s.add("Rendered by a.js", fail)
		time.Sleep(2 * statusDelay)
		s.add("Message added", fail)
		time.Sleep(2 * statusDelay)
		if got := message(t, s.take()); got != "Rendered by a.js. Message added" || tries != 2 {
			t.Errorf("the answer would come after %q, %d tries", got, tries)
		}
		if s.take() != nil {
			t.Error("a status is there twice")
		}
	})
}

func message(t *testing.T, status []byte) string {
	t.Helper()
	text, whole := strings.CutSuffix(strings.TrimPrefix(string(status), `{"message_type":0,"message":"`), `","complete":false}`)
	if !whole {
		t.Errorf("no status: %s", status)
	}
	return text
}
