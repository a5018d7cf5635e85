package message

import (
	"sync"

	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// lately is the cards that this process has shown last, and told the threads of. Where
// no other instance shows them, that is how they stand in Slack, or they are deleted.
type lately struct {
	mu    sync.Mutex
	cards map[string]seen // by ts
	order []string        // the ts of all, the oldest first
	size  int             // bytes of all
}

// seen is a card as this process has left it; without a channel it is not known how.
type seen struct {
	shownBy string
	card    slackapi.Card
	anew    string // the ts of the card in its place, where it was gone
}

// maxLately bounds what is kept, in bytes: some thousand cards, of which most take a
// kilobyte and none more than six. One that is forgotten is read from Slack.
const maxLately = 4 << 20

// size is about what is kept of a card, in bytes.
func (s seen) size() int {
	m := s.card.Memo
	return 700 + len(m.State) + len(m.Before) + len(m.ShownBy) + len(m.Reply) + len(s.card.DeliveryID)
}

// add remembers a card without its content. One that continues in its thread, or that
// is not as the layout had it, has to be read all the same.
func (l *lately) add(c slackapi.Card, plain bool) {
	s := seen{shownBy: c.Memo.ShownBy}
	if plain {
		s.card = c
		s.card.Response, s.card.Headers = nil, nil
	}
	l.put(c.TS, s)
}

// replaced remembers that a card is gone, and which was posted in its place: calls that
// were sent before the platform knew name the one of before.
func (l *lately) replaced(ts, by string) { l.put(ts, seen{anew: by}) }

func (l *lately) put(ts string, s seen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cards == nil {
		l.cards = map[string]seen{}
	}
	if before, known := l.cards[ts]; known {
		l.size -= before.size()
	} else {
		l.order = append(l.order, ts)
	}
	l.cards[ts] = s
	for l.size += s.size(); l.size > maxLately; l.order = l.order[1:] {
		l.size -= l.cards[l.order[0]].size()
		delete(l.cards, l.order[0])
	}
}

// standing is the card of a ts, or the one that was posted in its place.
func (l *lately) standing(ts string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 10 { // more often a card does not go, and a circle must not hold up anything
		next := l.cards[ts].anew
		if next == "" {
			break
		}
		ts = next
	}
	return ts
}

// forget is for a card that is about to be shown anew, and may be anything until it is
// added again.
func (l *lately) forget(ts string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, known := l.cards[ts]; known {
		l.size += seen{}.size() - before.size()
		l.cards[ts] = seen{}
	}
}

// card is a card as it stands in Slack.
func (l *lately) card(ts string) (slackapi.Card, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.cards[ts]
	return s.card, s.card.Channel != ""
}

// told reports whether this process has told the thread of a card what a call has
// changed in it.
func (l *lately) told(ts, shownBy string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return shownBy != "" && l.cards[ts].shownBy == shownBy
}
