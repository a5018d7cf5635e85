package engine

import (
	"fmt"
	"strings"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// ScriptError is a failure that the author of a script can mend. The position
// is that of the file as it was written, also for TypeScript and for imports.
type ScriptError struct {
	Kind    wire.Kind `json:"kind"`
	Script  string    `json:"script"`            // name of the script, "incident.js"
	File    string    `json:"file"`              // where it failed, "scripts/lib/severity.ts"
	Line    int       `json:"line,omitempty"`    // from 1; 0 is unknown
	Column  int       `json:"column,omitempty"`  // from 1, in code points; 0 is unknown
	Message string    `json:"message"`           // "TypeError: Cannot read property 'text' of undefined"
	Frames  []string  `json:"frames,omitempty"`  // "format (scripts/incident.js:14:22)", the innermost first, the script's own only
	Excerpt string    `json:"excerpt,omitempty"` // the line and below it a caret; two lines
	Hint    string    `json:"hint,omitempty"`    // what to do instead
	Limit   string    `json:"limit,omitempty"`   // the limit that it broke, "time 250ms"
}

// Error is the error in one line.
func (e *ScriptError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	b.WriteString(": ")
	b.WriteString(strings.ReplaceAll(e.Message, "\n", " "))
	return b.String()
}

// Detail is the error for a person: the line of Error, the source line with a
// caret, the stack with the script's own lines only, and the hint. It does not
// end in a newline.
func (e *ScriptError) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if e.Excerpt != "" {
		b.WriteString("\n")
		b.WriteString(e.Excerpt)
	}
	for _, f := range e.Frames {
		b.WriteString("\n    at ")
		b.WriteString(f)
	}
	if e.Hint != "" {
		b.WriteString("\nhint: ")
		b.WriteString(e.Hint)
	}
	return b.String()
}
