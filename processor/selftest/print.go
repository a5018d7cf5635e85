package selftest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

// indent is that of what follows the first line of a check: the text of the state
// stands out.
const indent = 9

var colors = map[string]string{stateOK: "\x1b[32m", stateWarning: "\x1b[33m", stateFailed: "\x1b[1;31m", stateSkipped: "\x1b[2m"}

func (t *selftest) print(c check) {
	if t.JSON {
		enc := json.NewEncoder(t.Out)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(c) // there is nowhere to report to
		return
	}
	head := fmt.Sprintf("%-*s%-28s %7.2fs  ", indent, c.State, c.Name, c.Seconds)
	lines := strings.Split(preview.Printable(c.Detail), "\n")
	if c.Remedy != "" {
		lines = append(lines, "What to do: "+preview.Printable(c.Remedy))
	}
	rest := lines
	if len(lines) == 1 && (t.Width == 0 || len(head)+utf8.RuneCountInString(lines[0]) <= t.Width) {
		head, rest = head+lines[0], nil
	}
	fmt.Fprintln(t.Out, strings.TrimRight(t.colored(c.State, head), " "))
	for _, line := range rest {
		t.printWrapped(line)
	}
}

// printWrapped prints a line below the first one of a check, broken at blanks where
// the terminal ends.
func (t *selftest) printWrapped(line string) {
	at := 0
	fmt.Fprint(t.Out, strings.Repeat(" ", indent))
	for i, word := range strings.Split(line, " ") {
		size := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case t.Width > 0 && indent+at+1+size > t.Width:
			fmt.Fprint(t.Out, "\n"+strings.Repeat(" ", indent+2))
			at = 2
		default:
			fmt.Fprint(t.Out, " ")
			at++
		}
		fmt.Fprint(t.Out, word)
		at += size
	}
	fmt.Fprintln(t.Out)
}

// colored is a line with its state, with which it begins, in colour.
func (t *selftest) colored(state, line string) string {
	if !t.Color {
		return line
	}
	return colors[state] + state + "\x1b[0m" + strings.TrimPrefix(line, state)
}

// printSummary says what all of it comes to.
func (t *selftest) printSummary() {
	if t.JSON {
		return
	}
	var counts []string
	for _, state := range []string{stateOK, stateWarning, stateFailed, stateSkipped} {
		if n := t.states[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	verdict := "the service can work"
	switch {
	case t.failed != nil:
		verdict = "mend the first failure, then run the selftest again"
	case t.states[stateWarning] > 0:
		verdict = "the service can work, but look at the warnings"
	}
	fmt.Fprintf(t.Out, "\nIn all: %s; %s.\n", strings.Join(counts, ", "), verdict)
}
