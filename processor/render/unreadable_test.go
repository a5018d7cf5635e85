package render

import (
	"errors"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/details"
)

func TestUnreadableDetailsAreBounded(t *testing.T) {
	r := newRenderer(t, nil, nil)
	text := `{"A": {"data": "x"}, "B": oops ` + strings.Repeat("日```*\n", 5_000)
	out := render(t, r, call(t, map[string]any{"slack_channel": "soc", "slack_details": text}))
	var unread *details.Error
	if !errors.As(out.Failed, &unread) || out.Script != Classic {
		t.Fatalf("got %s, failed %v", out.Script, out.Failed)
	}
	if want := "10000 of 30009 characters"; len(out.Notes) == 0 || !strings.Contains(out.Notes[0], want) {
		t.Errorf("got notes %q, want %q", out.Notes, want)
	}
	shown := ""
	for _, m := range out.Messages {
		shown += m.Text
	}
	if !strings.HasPrefix(shown, "slack_details cannot be read: line 1, column 27: ") || !strings.Contains(shown, "\nA: x\n") || strings.Count(shown, "日") != 1_665 {
		t.Errorf("%d times, %.200s", strings.Count(shown, "日"), shown)
	}
}
