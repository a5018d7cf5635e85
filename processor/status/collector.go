package status

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fn-slack/fn-slack/processor/journal"
)

// stateCollector reads what the parts know at the moment of the scrape.
type stateCollector struct {
	board *Board

	inWork, connected, subscribed, held               *prometheus.Desc
	received, redelivered, settled, refused, failures *prometheus.Desc
	script, journal                                   *prometheus.Desc
}

func newStateCollector(b *Board) stateCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("fn_slack_"+name, help, labels, nil)
	}
	return stateCollector{
		board:       b,
		inWork:      desc("calls_in_work", "Calls that are taken and not finished."),
		connected:   desc("broker_connected", "1 while logged in at the broker."),
		subscribed:  desc("broker_subscribed", "1 while the broker hands out calls."),
		held:        desc("broker_held", "Calls that the broker has handed out and that are not settled: the queue within the service."),
		received:    desc("broker_received_total", "Messages from the broker, redelivered ones included; from 0 after a reload of the settings, as all of broker_…_total."),
		redelivered: desc("broker_redelivered_total", "Messages that the broker says it handed out before."),
		settled:     desc("broker_settled_total", "Calls answered and acknowledged."),
		refused:     desc("broker_refused_total", "Answers that the broker refused."),
		failures:    desc("broker_failures_total", "Connections lost and attempts failed."),
		script:      desc("script_state", "1 for the state that each script is in.", "script", "state"),
		journal:     desc("journal_open", "Calls that are begun, or decided and not settled.", "state"),
	}
}

// Describe implements prometheus.Collector.
func (c stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.inWork, c.connected, c.subscribed, c.held, c.received, c.redelivered, c.settled, c.refused, c.failures, c.script, c.journal,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c stateCollector) Collect(ch chan<- prometheus.Metric) {
	p := c.board.now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	inWork := 0
	if p.work != nil {
		inWork = p.work.InWork()
	}
	gauge(c.inWork, float64(inWork))
	if p.consumer != nil {
		s := p.consumer.State()
		gauge(c.connected, truth(s.Connected))
		gauge(c.subscribed, truth(s.Subscribed))
		gauge(c.held, float64(s.Held))
		counter(c.received, s.Received)
		counter(c.redelivered, s.Redelivered)
		counter(c.settled, s.Settled)
		counter(c.refused, s.Refused)
		counter(c.failures, s.Failures)
	} else {
		gauge(c.connected, 0)
		gauge(c.subscribed, 0)
	}
	if p.scripts != nil {
		for _, s := range p.scripts.Scripts().Status() {
			gauge(c.script, 1, s.Name, string(s.State))
		}
	}
	open := c.board.openEntries()
	if open != nil {
		count := map[journal.State]int{journal.Begun: 0, journal.Decided: 0}
		for _, e := range open {
			count[e.State]++
		}
		for state, n := range count {
			gauge(c.journal, float64(n), string(state))
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
