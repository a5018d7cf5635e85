package selftest

import (
	"os"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Who makes the Slack app goes by the guide.
func TestTheGuideNamesEveryScope(t *testing.T) {
	guide, err := os.ReadFile("../../cmd/fn-slack/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range []string{resilient.SlackFunction, resilient.AttachmentFunction, resilient.ArchiveFunction} {
		for _, s := range needed(function) {
			if !strings.Contains(string(guide), "`"+s.name+"`") {
				t.Errorf("the guide does not name %s, which %s needs", s.name, function)
			}
		}
	}
}
