package render

import (
	"context"
	"log/slog"

	"github.com/fn-slack/fn-slack/engine"
)

// Log passes on what the author of a workflow or of a script should know; id is the
// call's.
func (r Rendered) Log(ctx context.Context, log *slog.Logger, id string) {
	logConsole(ctx, log, id, r.Console)
	for _, slip := range r.Slips {
		log.WarnContext(ctx, "script hint", "script", r.Script, "hint", slip, "id", id)
	}
	for _, note := range r.Inputs {
		log.WarnContext(ctx, "input of the workflow", "note", note, "id", id)
	}
}

// Log passes on what scripts wrote to the console; id is the call's.
func (a Archived) Log(ctx context.Context, log *slog.Logger, id string) {
	logConsole(ctx, log, id, a.Console)
}

func logConsole(ctx context.Context, log *slog.Logger, id string, lines []engine.Line) {
	levels := map[string]slog.Level{"warn": slog.LevelWarn, "error": slog.LevelError}
	for _, line := range lines {
		log.Log(ctx, levels[line.Level], "console", "script", line.Script, "text", line.Text, "id", id)
	}
}
