package message

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Whatever cards hold and become, what is kept of them has a bound, and is that of the
// latest.
func TestTheLatestCardsAreKept(t *testing.T) {
	var l lately
	newest := 0
	for i := range 20_000 {
		ts := fmt.Sprint(i)
		card := slackapi.Card{Posted: slackapi.Posted{Channel: "C1", TS: ts}, Memo: slackapi.Memo{State: strings.Repeat("x", i%4000)}}
		l.add(card, i%3 > 0)
		l.forget(fmt.Sprint(i - i%5))
		if i%7 == 0 {
			l.replaced(ts, "0")
		}
		if i%5 > 0 && i%3 > 0 && i%7 > 0 {
			newest = i
		}
	}
	if _, found := l.card(fmt.Sprint(newest)); !found {
		t.Errorf("%d is not known", newest)
	}
	size := 0
	for _, s := range l.cards {
		size += s.size()
	}
	if size != l.size || size > maxLately || size < maxLately*9/10 || len(l.order) != len(l.cards) {
		t.Errorf("%d bytes are counted as %d, %d cards as %d", size, l.size, len(l.cards), len(l.order))
	}
}
