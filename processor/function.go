package processor

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Function is what a call may ask for. It stands in a package of its own, which
// this one does not know: a new function is that package, and a line where
// Config.Functions is filled.
type Function interface {
	// Name is the API name that the platform knows it by.
	Name() string

	// Channel is the channel that a call names, or what else the calls for one channel
	// have in common; "" where there is nothing. It says for whom the call waits in
	// [Task.AwaitTurn].
	Channel(resilient.Call) string

	// Run carries out a call; many run at once. What has an effect that a second
	// time would repeat is a [Step]. The end of ctx is the end of the work: the
	// call may be another instance's from then on. The platform is told the error,
	// whose type says of what kind it is (package kind); of the Reply only the
	// Report counts then, as far as the call has come.
	Run(context.Context, *Task) (Reply, error)
}

// Reply is what a function has made of a call.
type Reply struct {
	Report
	Answer json.RawMessage // of the service that was asked, a JSON object: the first among the results
	Extra  map[string]any  // more results by their names
	Notes  []string        // the result "notes": what a person should know, one sentence each
}

// Report is what the log, the metrics and the status page tell of the work on a
// call. What is not known, because the call did not come so far or has no such
// thing, is zero.
type Report struct {
	Script, Channel    string
	Attempts           int           // requests to Slack that were to post the first message
	Rendering, Posting time.Duration // pauses and retries included
	Layout             error         // why the layout that was chosen was not used
}

// errFunction says that the call is for a function that is not ours.
type errFunction struct {
	name string
	ours []Function
}

func (e errFunction) Error() string {
	var ours []string
	for _, f := range e.ours {
		ours = append(ours, f.Name())
	}
	return "this service provides " + strings.Join(ours, ", ") + ", not the function " + quote(e.name) +
		": give that function a message destination of its own"
}

// Kind is that of the workflow author's mistakes.
func (errFunction) Kind() (kind.Kind, string) { return kind.Malformed, kind.NoCall }

func quote(s string) string {
	const limit = 100
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return `"` + s + `"`
}
