package processor

import (
	"strings"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/render"
)

// errFunction says that the call is for a function that is not ours.
type errFunction struct{ name string }

func (e errFunction) Error() string {
	return "this service provides " + render.Function + ", not the function " + quote(e.name) +
		": give that function a message destination of its own"
}

// Kind is that of the workflow author's mistakes.
func (errFunction) Kind() (kind.Kind, string) { return kind.Malformed, kind.NoCall }

// errPanic is a defect that one call has laid bare.
type errPanic struct{ value string }

func (e errPanic) Error() string { return "defect in the service: " + e.value }

// sentence is an error for the platform's Action Status: one line, no matter
// how many errors were joined.
func sentence(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func quote(s string) string {
	const limit = 100
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return `"` + s + `"`
}
