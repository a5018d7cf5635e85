package status

import (
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Board is where the parts of the service leave what the status and the metrics
// show. It outlives a reload of the settings, which makes new parts. All of its
// methods may be called at any time from any goroutine.
type Board struct {
	version, host string
	secrets       *mask.Secrets
	token         string // of who may read texts of incidents
	metrics       *metrics
	log           *logs.Log // nil is none
	started       time.Time

	mu       sync.Mutex
	parts    parts
	last     []processor.Finished // the latest at the end, at most keptCalls
	platform platformReport
	settings settingsReport
}

// keptCalls is how many finished calls the status shows.
const keptCalls = 50

// parts are what the service consists of at the moment; nil where there is none
// (yet).
type parts struct {
	journal  *journal.Journal
	scripts  *engine.Engine
	loaded   bool // the scripts
	consumer *broker.Consumer
	work     *processor.Processor
	poster   *slackapi.Poster
}

// New is an empty board, of a service that starts now. version is that of the
// program, host the name of this machine. The secrets are hidden in every
// report, and how the log fares is in it; nil is none of either.
func New(version, host string, secrets *mask.Secrets, log *logs.Log) *Board {
	b := &Board{version: version, host: host, secrets: secrets, log: log, token: newToken(), started: time.Now()}
	b.metrics = newMetrics(b)
	return b
}

// now are the present parts.
func (b *Board) now() parts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.parts
}

// Scripts is the present engine; nil where there is none (yet).
func (b *Board) Scripts() *engine.Engine { return b.now().scripts }

// Begin clears the board for new parts, made from that settings file.
func (b *Board) Begin(file string, store *journal.Journal, scripts *engine.Engine) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts = parts{journal: store, scripts: scripts}
	b.platform = platformReport{}
	b.settings.File, b.settings.Loaded = file, time.Now()
}

// Working adds the parts that need the platform's answer.
func (b *Board) Working(consumer *broker.Consumer, work *processor.Processor, poster *slackapi.Poster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts.consumer, b.parts.work, b.parts.poster = consumer, work, poster
}

// Loaded notes that the scripts are there.
func (b *Board) Loaded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts.loaded = true
}

// End takes the parts away before they are closed.
func (b *Board) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts = parts{}
}

// Found notes what the platform has answered.
func (b *Board) Found(url, org, queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.platform = platformReport{URL: url, Organisation: org, Queue: queue}
}

// Trying notes why the platform could not be used.
func (b *Board) Trying(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.platform.Error = err.Error()
}

// Took notes that changed settings are in use.
func (b *Board) Took() {
	b.metrics.settings.WithLabelValues("taken").Inc()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settings.Refused, b.settings.RefusedAt = "", nil
}

// Refused notes why changed settings are not used.
func (b *Board) Refused(err error) {
	b.metrics.settings.WithLabelValues("refused").Inc()
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.settings.Refused, b.settings.RefusedAt = err.Error(), &now
}

// Finished notes what became of a call.
func (b *Board) Finished(f processor.Finished) {
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
