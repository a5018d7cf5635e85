package status

import (
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
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

func newMetrics(b *Board) *metrics {
	registry := prometheus.NewRegistry()
	into := promauto.With(registry)
	counter := func(name, help string) prometheus.Counter {
		return into.NewCounter(prometheus.CounterOpts{Namespace: "fn_slack", Name: name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return into.NewCounterVec(prometheus.CounterOpts{Namespace: "fn_slack", Name: name, Help: help}, []string{label})
	}
	options := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "fn_slack", Name: name, Help: help, Buckets: latencies}
	}
	m := &metrics{
		registry:  registry,
		calls:     vector("calls_total", "Finished calls by what became of them.", "kind"),
		scripts:   vector("script_changes_total", "Changes of scripts by what became of them.", "event"),
		settings:  vector("settings_reloads_total", "Changes of the settings while the service ran.", "result"),
		attempts:  counter("slack_attempts_total", "Requests that were to post the first message of a call."),
		retries:   counter("slack_retries_total", "Those of them beyond the first for a call."),
		classics:  counter("classic_total", "Calls that went out in the classic layout because a script failed or slack_details could not be read."),
		call:      into.NewHistogram(options("call_duration_seconds", "Time from the beginning of a call to its settlement.")),
		rendering: into.NewHistogram(options("render_duration_seconds", "Time to make the messages of a call.")),
		posting:   into.NewHistogram(options("post_duration_seconds", "Time to post the messages of a call, pauses and retries included.")),
		slack:     into.NewHistogramVec(options("slack_request_duration_seconds", "Time of one request to Slack until its answer begins."), []string{"method", "status"}),
	}
	for _, k := range kind.All() {
		m.calls.WithLabelValues(string(k))
	}
	into.NewGauge(prometheus.GaugeOpts{
		Namespace: "fn_slack", Name: "build_info", Help: "1, labelled with the version.",
		ConstLabels: prometheus.Labels{"version": b.version},
	}).Set(1)
	registry.MustRegister(stateCollector{b}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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

// Reloaded counts what became of a script that was saved.
func (b *Board) Reloaded(e engine.Event) { b.metrics.scripts.WithLabelValues(string(e.Kind)).Inc() }

// Timed is a transport that measures the requests to Slack.
func (b *Board) Timed(next http.RoundTripper) http.RoundTripper {
	return timedTransport{b.metrics, next}
}

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
	// The method's name is ours, so there are only a few; the address of an upload
	// is Slack's, and another one each time.
	method := path.Base(r.URL.Path)
	if r.Header.Get("Content-Type") == "application/octet-stream" {
		method = "upload"
	}
	t.metrics.slack.WithLabelValues(method, status).Observe(time.Since(start).Seconds())
	return resp, err
}
