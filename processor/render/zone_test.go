package render

import (
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters"
)

// A worker can open no file, so it must have the time zones in itself.
func TestAWorkerKnowsTimeZones(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, map[string]string{"default.js": `export default { format: () => ({ text: slack.date(1524857616000, "{time}") }) }`}, func(c *Config) {
		c.Options.Location = berlin
	})
	got := render(t, r, call(t, map[string]any{"slack_channel": "soc", "slack_details": nine}))
	want := formatters.Date(1524857616000, "{time}", formatters.Options{Location: berlin})
	if text := got.Messages[0].Text; text != want || !strings.Contains(text, "21:33") { // 19:33 in UTC
		t.Errorf("got %q, want %q", text, want)
	}
}
