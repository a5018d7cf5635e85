package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

var (
	knownInputs = append([]string{
		inputChannel, inputDetails, inputThread, inputBroadcast, inputParse, inputLinkNames, inputUser, inputAsUser, inputFormatter, inputUpdate,
	}, inputMrkdwn...)
	// laterInputs are more, unless slack_details is there.
	laterInputs = []string{inputText, inputUsername, inputIncident, inputTask, inputChannelID, inputPrivate, inputParticipants, inputReplace}
)

// misspelt names the inputs that nobody reads because of a slip in their name, or
// because the call has slack_details. Other names are not a mistake: scripts may read
// inputs of their own.
func misspelt(in resilient.Inputs) []string {
	var notes []string
	known := knownInputs
	if !in.Has(inputDetails) {
		known = slices.Concat(knownInputs, laterInputs)
	} else if in.Has(inputText) {
		notes = append(notes, inputText+" is not looked at, because "+inputDetails+" is there")
	}
	for _, name := range in.Names() {
		if slices.Contains(known, name) {
			continue
		}
		for _, right := range known {
			if oneSlip(strings.ToLower(name), right) && !in.Has(right) {
				notes = append(notes, fmt.Sprintf("nobody reads input %q, is %s meant?", name, right))
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
