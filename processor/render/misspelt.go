package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

var knownInputs = append([]string{
	inputChannel, inputDetails, inputThread, inputBroadcast, inputParse, inputLinkNames, inputUser, inputAsUser, inputFormatter,
}, inputMrkdwn...)

// misspelt names the inputs that nobody reads because of a slip in their name.
// Other names are not a mistake: scripts may read inputs of their own.
func misspelt(in resilient.Inputs) []string {
	var notes []string
	for _, name := range in.Names() {
		if slices.Contains(knownInputs, name) {
			continue
		}
		for _, known := range knownInputs {
			if oneSlip(strings.ToLower(name), known) && !in.Has(known) {
				notes = append(notes, fmt.Sprintf("nobody reads input %q, is %s meant?", name, known))
				break
			}
		}
	}
	return notes
}

// oneSlip tells whether one letter too many, too few or another, two letters in
// the wrong order, or nothing makes b of a.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == b:
		return true
	case len(a) > 0 && a[1:] == b, len(b) > 0 && a == b[1:]:
		return true
	case len(a) == 0 || len(b) == 0:
		return false
	}
	return a[1:] == b[1:] || len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
