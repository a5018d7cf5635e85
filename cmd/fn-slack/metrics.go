package main

import (
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/kind"
)

// metrics are the counters of /metrics, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry

	calls, scripts, settings    *prometheus.CounterVec
	attempts, retries, classics prometheus.Counter
	call, rendering, posting    prometheus.Histogram
	slack                       *prometheus.HistogramVec
}

// latencies reach from a render in a warm worker to the deadline of a message.
var latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 600}

func newMetrics(b *board) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "fn_slack", Name: name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "fn_slack", Name: name, Help: help}, []string{label})
	}
	options := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "fn_slack", Name: name, Help: help, Buckets: latencies}
	}
	m := &metrics{
		registry:  prometheus.NewRegistry(),
		calls:     vector("calls_total", "Finished calls by what became of them.", "kind"),
		scripts:   vector("script_changes_total", "Changes of scripts by what became of them.", "event"),
		settings:  vector("settings_reloads_total", "Changes of the settings while the service ran.", "result"),
		attempts:  counter("slack_attempts_total", "Requests that were to post the first message of a call."),
		retries:   counter("slack_retries_total", "Those of them beyond the first for a call."),
		classics:  counter("classic_total", "Calls that went out in the classic layout because a script failed or slack_details could not be read."),
		call:      prometheus.NewHistogram(options("call_duration_seconds", "Time from the beginning of a call to its settlement.")),
		rendering: prometheus.NewHistogram(options("render_duration_seconds", "Time to make the messages of a call.")),
		posting:   prometheus.NewHistogram(options("post_duration_seconds", "Time to post the messages of a call, pauses and retries included.")),
		slack:     prometheus.NewHistogramVec(options("slack_request_duration_seconds", "Time of one request to Slack until its answer begins."), []string{"method", "status"}),
	}
	for _, k := range kind.All() {
		m.calls.WithLabelValues(string(k))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "fn_slack", Name: "build_info", Help: "1, labelled with the version.",
		ConstLabels: prometheus.Labels{"version": version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.calls, m.scripts, m.settings, m.attempts, m.retries, m.classics, m.call, m.rendering, m.posting, m.slack,
		build, newStateCollector(b), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) finished(f processor.Finished) {
	m.calls.WithLabelValues(string(f.Kind)).Inc()
	m.call.Observe(f.Took.Seconds())
	if f.Rendering > 0 {
		m.rendering.Observe(f.Rendering.Seconds())
	}
	if f.Posting > 0 {
		m.posting.Observe(f.Posting.Seconds())
	}
	if f.Attempts > 0 {
		m.attempts.Add(float64(f.Attempts))
		m.retries.Add(float64(f.Attempts - 1))
	}
	if f.Layout != nil {
		m.classics.Inc()
	}
}

func (m *metrics) reloaded(e engine.Event) { m.scripts.WithLabelValues(string(e.Kind)).Inc() }

// timed is a transport that measures the requests to Slack.
func (m *metrics) timed(next http.RoundTripper) http.RoundTripper { return timedTransport{m, next} }

type timedTransport struct {
	metrics *metrics
	next    http.RoundTripper
}

func (t timedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.next.RoundTrip(r)
	status := "none"
	if err == nil {
		status = strconv.Itoa(resp.StatusCode)
	}
	// The method's name is ours, so there are only a few.
	t.metrics.slack.WithLabelValues(path.Base(r.URL.Path), status).Observe(time.Since(start).Seconds())
	return resp, err
}

// stateCollector reads what the parts know at the moment of the scrape.
type stateCollector struct {
	board *board

	inWork, connected, subscribed, held               *prometheus.Desc
	received, redelivered, settled, refused, failures *prometheus.Desc
	script, journal                                   *prometheus.Desc
}

func newStateCollector(b *board) stateCollector {
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
