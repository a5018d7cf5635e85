package processor

import (
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// statusDelay is how long a status waits for the next one. Nobody reads faster, and
// of a call that nothing holds up the broker gets one status, with the answer.
const statusDelay = time.Second

// statuses are those of a call that are not sent yet.
type statuses struct {
	mu    sync.Mutex // held while they are sent, so that none comes after the answer
	texts []string
	timer *time.Timer // nil where there are none, or where they have failed to be sent
}

// add lets send have a status, together with those that come within statusDelay,
// unless take does. What send fails to bring on its way stays for take: the call may
// end at that moment, and with it send's context.
func (s *statuses) add(text string, send func(body []byte) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, text)
	if s.timer == nil {
		s.timer = time.AfterFunc(statusDelay, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			texts := s.texts
			if body := s.together(); body != nil && send(body) != nil {
				s.texts = texts
			}
		})
	}
}

// take gives what is not sent yet as one status, nil where there is nothing, to be
// sent by the caller.
func (s *statuses) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.together()
}

func (s *statuses) together() []byte {
	if len(s.texts) == 0 {
		return nil
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	body := resilient.StatusReply(strings.Join(s.texts, ". "))
	s.texts, s.timer = nil, nil
	return body
}

// proof is take for a status that is sent in any case, because its receipt proves
// something.
func (s *statuses) proof() []byte {
	if body := s.take(); body != nil {
		return body
	}
	return resilient.StatusReply("The work on the message goes on")
}
