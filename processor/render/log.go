package render

import (
	"context"
	"log/slog"
)

// Log passes on what the author of a workflow or of a script should know; id is the
// call's.
func (r Rendered) Log(ctx context.Context, log *slog.Logger, id string) {
	levels := map[string]slog.Level{"warn": slog.LevelWarn, "error": slog.LevelError}
	for _, line := range r.Console {
		log.Log(ctx, levels[line.Level], "console", "script", line.Script, "text", line.Text, "id", id)
	}
	for _, slip := range r.Slips {
		log.WarnContext(ctx, "script hint", "script", r.Script, "hint", slip, "id", id)
	}
	for _, note := range r.Inputs {
		log.WarnContext(ctx, "input of the workflow", "note", note, "id", id)
	}
}
