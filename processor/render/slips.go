package render

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// slips are the kinds of slip that have been told of, by version of a script: what
// one message shows the next one does as well.
type slips struct {
	mu   sync.Mutex
	told map[slip]bool
}

type slip struct{ script, sha256, kind string }

// maxTold bounds what is remembered. Afterwards some is told a second time.
const maxTold = 1000

// in are the slips in a message of a call that are new, without a word of it. Most
// messages are not looked at closely: nothing in them looks like one.
func (s *slips) in(call resilient.Call, script *engine.Script, m blockkit.Message) (hints []string) {
	if !mayHaveSlip(m) {
		return nil
	}
	inputs, err := call.Inputs.MarshalJSON()
	if err != nil {
		return nil
	}
	o := oddities{inputs: string(inputs)}
	o.message(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, word := range o.slips {
		kind := word[:1]
		one := slip{script.Name, script.SHA256, kind}
		if s.told[one] {
			continue
		}
		if s.told == nil || len(s.told) >= maxTold {
			s.told = map[slip]bool{}
		}
		s.told[one] = true
		hints = append(hints, script.File+": a message was posted with "+slipName[kind])
	}
	return hints
}

// slipName are the words of slipWords by their first letter. What was posted may
// hold more of a call.
var slipName = map[string]string{
	"[": `"[object Object]": an object was put into the text; name the member that is meant`,
	"u": `"undefined": a value that is not there was put into the text`,
	"N": `"NaN": a value that is no number was put into the text`,
	"$": `"${": ${…} is filled in only between backticks`,
}

func mayHaveSlip(m blockkit.Message) bool {
	for _, sign := range []string{"[object ", "undefined", "NaN", "${"} {
		in := func(js json.RawMessage) bool { return bytes.Contains(js, []byte(sign)) }
		if strings.Contains(m.Text, sign) || slices.ContainsFunc(m.Blocks, in) || slices.ContainsFunc(m.Attachments, in) {
			return true
		}
	}
	return false
}
