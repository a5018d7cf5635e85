package render

import (
	"fmt"
	"path"
	"strings"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// Hints are what the author of a script should know though it works: what is
// probably a slip, and that a mention or a call to everybody that stands word for
// word in its files is switched off by incident text that holds the same.
func Hints(s *engine.Script) (hints []string) {
	for _, w := range s.Warnings {
		hints = append(hints, w.Detail())
	}
	seen := map[string]bool{}
	for i, text := range s.Source() {
		for _, token := range blockkit.Tokens(text) {
			if strings.IndexByte("!@#", token[1]) < 0 || strings.ContainsAny(token, " \t\"'`$") || seen[token] { // the rest is code
				continue
			}
			seen[token] = true
			line := 1 + strings.Count(text[:strings.Index(text, token)], "\n")
			hints = append(hints, fmt.Sprintf("%s:%d: hint: incident text that holds %s switches off the one that is written here%s",
				path.Join(path.Dir(s.File), s.Inputs[i]), line, token, blockkit.HelperFor(token)))
		}
	}
	return hints
}
