package main

import (
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// board is where the parts of the service leave what the status and the metrics
// show. It outlives a reload of the settings, which makes new parts.
type board struct {
	metrics *metrics
	started time.Time

	mu       sync.Mutex
	parts    parts
	last     []processor.Finished // the latest at the end, at most keptCalls
	platform platformReport
	settings settingsReport
	served   bool // the parts that ended last were subscribed at least once
}

// keptCalls is how many finished calls the status shows.
const keptCalls = 50

// parts are what the service consists of at the moment; nil where there is none
// (yet).
type parts struct {
	settings *config.Settings
	journal  *journal.Journal
	scripts  *engine.Engine
	loaded   bool // the scripts
	consumer *broker.Consumer
	work     *processor.Processor
	poster   *slackapi.Poster
}

func newBoard() *board {
	b := &board{started: time.Now()}
	b.metrics = newMetrics(b)
	return b
}

// now are the present parts.
func (b *board) now() parts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.parts
}

// begin clears the board for new parts.
func (b *board) begin(s *config.Settings, store *journal.Journal, scripts *engine.Engine) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts = parts{settings: s, journal: store, scripts: scripts}
	b.platform = platformReport{}
	b.served = false
	b.settings.File, b.settings.Loaded = s.File, time.Now()
}

// working adds the parts that need the platform's answer.
func (b *board) working(consumer *broker.Consumer, work *processor.Processor, poster *slackapi.Poster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts.consumer, b.parts.work, b.parts.poster = consumer, work, poster
}

// loaded notes that the scripts are there.
func (b *board) loaded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts.loaded = true
}

// end takes the parts away before they are closed.
func (b *board) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.served = b.parts.consumer != nil && b.parts.consumer.State().Connects > 0
	b.parts = parts{settings: b.parts.settings}
}

// fresh forgets that other settings have served.
func (b *board) fresh() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.served = false
}

// haveServed reports whether the parts that ended last ever worked.
func (b *board) haveServed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.served
}

func (b *board) found(url, org, queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.platform = platformReport{URL: url, Organisation: org, Queue: queue}
}

// trying notes why the platform could not be used.
func (b *board) trying(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.platform.Error = err.Error()
}

// took and refused note what became of changed settings.
func (b *board) took() {
	b.metrics.settings.WithLabelValues("taken").Inc()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settings.Refused, b.settings.RefusedAt = "", nil
}

func (b *board) refused(err error) {
	b.metrics.settings.WithLabelValues("refused").Inc()
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.settings.Refused, b.settings.RefusedAt = err.Error(), &now
}

// finished is told of every call.
func (b *board) finished(f processor.Finished) {
	b.metrics.finished(f)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.last) >= keptCalls {
		b.last = append(b.last[:0], b.last[1:]...)
	}
	b.last = append(b.last, f)
}

// platformReport is what the status says of the platform's REST API.
type platformReport struct {
	URL          string `json:"url,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Queue        string `json:"queue,omitempty"`
	Error        string `json:"error,omitempty"` // of the attempts so far
}

// settingsReport is what the status says of the settings.
type settingsReport struct {
	File      string     `json:"file"`
	Loaded    time.Time  `json:"loaded"`
	Refused   string     `json:"refused,omitempty"` // why the file as it is now is not used
	RefusedAt *time.Time `json:"refused_at,omitempty"`
}
