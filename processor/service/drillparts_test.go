package service_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// A process is killed again and again while it posts messages of several parts:
// each part is in Slack once, in the thread of its first.
func TestKilledBetweenThePartsOfLongMessages(t *testing.T) {
	t.Parallel()
	const n, words = 3, 20_000 // calls, one for each channel
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.unheard = true
			d.start("a")
			d.subscribed(1)
			for _, c := range d.calls(n) {
				c.Body = bytes.Replace(c.Body, []byte("Severe issue"), []byte(strings.Repeat("word ", words)), 1)
				d.platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": c.ID}, c.Body)
			}
			for _, parts := range []int{2, 4, 7} {
				d.until("some parts are posted", func() bool { return d.posted() >= parts })
				d.kill("a")
				d.platform.Broker().CutConnections()
				d.start("a")
				d.subscribed(1)
			}
			d.balance(true)
			for _, channel := range d.channels {
				got, first := 0, d.slack.Messages(channel)[0]
				for i, m := range d.slack.Messages(channel) {
					got += strings.Count(m.Sent.Text, "word")
					if i > 0 && m.ThreadTS != first.TS {
						t.Errorf("#%s: part %d is not in the thread of the first", channel, i)
					}
				}
				if got != words {
					t.Errorf("#%s: %d words arrived, want %d", channel, got, words)
				}
			}
			d.end("a")
		})
	}
}
