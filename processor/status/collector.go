package status

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fn-slack/fn-slack/processor/journal"
)

// stateCollector reads what the parts know at the moment of the scrape.
type stateCollector struct{ board *Board }

// Describe names nothing: which metrics there are depends on the parts.
func (stateCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c stateCollector) Collect(ch chan<- prometheus.Metric) {
	send := func(kind prometheus.ValueType, name, help string, v float64, labels prometheus.Labels) {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc("fn_slack_"+name, help, nil, labels), kind, v)
	}
	gauge := func(name, help string, v float64) { send(prometheus.GaugeValue, name, help, v, nil) }
	counter := func(name, help string, v uint64) { send(prometheus.CounterValue, name, help, float64(v), nil) }

	for _, s := range c.board.log.State() {
		send(prometheus.CounterValue, "log_lost_lines_total", "Lines of the log that could not be written, or had no room to wait in.", float64(s.Lost), prometheus.Labels{"where": s.Name})
	}
	p := c.board.now()
	inWork, connected, subscribed := 0, false, false
	if p.work != nil {
		inWork = p.work.InWork()
	}
	if p.consumer != nil {
		s := p.consumer.State()
		connected, subscribed = s.Connected, s.Subscribed
		gauge("broker_held", "Calls that the broker has handed out and that are not settled: the queue within the service.", float64(s.Held))
		counter("broker_received_total", "Messages from the broker, redelivered ones included; from 0 after a reload of the settings, as all of broker_…_total.", s.Received)
		counter("broker_redelivered_total", "Messages that the broker says it handed out before.", s.Redelivered)
		counter("broker_settled_total", "Calls answered and acknowledged.", s.Settled)
		counter("broker_refused_total", "Answers that the broker refused.", s.Refused)
		counter("broker_failures_total", "Connections lost and attempts failed.", s.Failures)
	}
	gauge("calls_in_work", "Calls that are taken and not finished.", float64(inWork))
	gauge("broker_connected", "1 while logged in at the broker.", truth(connected))
	gauge("broker_subscribed", "1 while the broker hands out calls.", truth(subscribed))
	if p.scripts != nil {
		for _, s := range p.scripts.Scripts().Status() {
			send(prometheus.GaugeValue, "script_state", "1 for the state that each script is in.", 1, prometheus.Labels{"script": s.Name, "state": string(s.State)})
		}
	}
	if open := c.board.openEntries(); open != nil {
		count := map[journal.State]int{journal.Begun: 0, journal.Decided: 0}
		for _, e := range open {
			count[e.State]++
		}
		for state, n := range count {
			send(prometheus.GaugeValue, "journal_open", "Calls that are begun, or decided and not settled.", float64(n), prometheus.Labels{"state": string(state)})
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
