package editor

import (
	"context"
	"errors"

	"github.com/fn-slack/fn-slack/engine"
)

// judged is what the list says of samples that nobody looks at, and of scripts
// together, after one change.
type judged struct {
	set     *engine.Set     // that it is of
	changed <-chan struct{} // and until when

	Marks map[string]string `json:"marks"` // "differs" or "failed", by script/sample as the list has them
	Hints []string          `json:"hints"`
}

// maxJudged is how many samples are rendered for the list: with more, those of the
// first scripts.
const maxJudged = 300

// judge renders the samples of the list, once for each change: the view of one
// sample does not wait for it.
func (pg *Page) judge(ctx context.Context) judged {
	pg.judging.Lock()
	defer pg.judging.Unlock()
	pg.mu.Lock()
	j, now := pg.judged, judged{set: pg.cfg.Desk.scripts(), changed: pg.changed, Marks: map[string]string{}, Hints: []string{}}
	pg.mu.Unlock()
	if j.set == now.set && j.changed == now.changed {
		return j
	}
	left := maxJudged
	for _, s := range pg.scripts(ctx) {
		for _, one := range s.Samples[:min(left, len(s.Samples))] {
			left--
			if mark := pg.mark(ctx, s.Name, one); mark != "" {
				now.Marks[s.Name+"/"+one.ID] = mark
			}
		}
	}
	if checker, err := pg.cfg.Desk.Checker(ctx); err == nil {
		now.Hints = append(now.Hints, checker.Overtaken(ctx)...)
	}
	if ctx.Err() == nil {
		pg.mu.Lock()
		pg.judged = now
		pg.mu.Unlock()
	}
	return now
}

// mark is what is wrong with a sample.
func (pg *Page) mark(ctx context.Context, script string, chosen viewSample) string {
	in, err := chosen.read()
	if err != nil {
		return "failed"
	}
	s, err := pg.cfg.Desk.Render(ctx, script, in)
	if err == nil {
		err = Compare(s)
	}
	switch {
	case errors.As(err, new(*DiffersError)):
		return "differs"
	case err != nil:
		return "failed"
	}
	return ""
}
