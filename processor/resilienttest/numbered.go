package resilienttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"

	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// NumberedCall is the i-th of many calls, as the workflow Create Slack Message
// sends it; script names its layout where it is not "". Whoever puts calls into
// a queue past the platform's workflows, such as a benchmark, counts by their
// numbers what has arrived.
func NumberedCall(i int, channel, script string) stomptest.Call {
	return numbered(i, channel, script, "High", nil)
}

// NumberedUpdate is the i-th of many calls that bring a message of NumberedCall up to
// date, after the severity of its incident has changed.
func NumberedUpdate(i int, channel, script, ts string) stomptest.Call {
	return numbered(i, channel, script, "Low", map[string]any{"slack_thread_id": ts, "slack_update": true})
}

func numbered(i int, channel, script, severity string, more map[string]any) stomptest.Call {
	details := fmt.Sprintf(`{"Incident": {"type": "string", "data": "call %d."}, `+
		`"Description": {"type": "richtext", "data": "<div>Severe issue affecting <b>perimeter</b> routers</div>"}, `+
		`"Severity": {"type": "string", "data": %q}, "Create Date": {"type": "datetime", "data": 1524857616000}}`, i, severity)
	inputs := map[string]any{"slack_channel": channel, "slack_details": details, "incident_id": 2223}
	maps.Copy(inputs, more)
	if script != "" {
		inputs["slack_formatter"] = script
	}
	body, err := json.Marshal(map[string]any{
		"function":  map[string]any{"id": 72, "name": functionName},
		"inputs":    inputs,
		"workflow":  map[string]any{"programmatic_name": "create_slack_message", "object_type": map[string]any{"name": "incident"}},
		"principal": map[string]any{"name": "b@a.com"},
	})
	if err != nil {
		panic(err) // texts and numbers
	}
	return stomptest.Call{ID: "invid:" + strconv.Itoa(i), Body: body}
}

var numberMark = regexp.MustCompile(`call (\d+)\.`)

// CallNumber is the number of the call that a message is for, -1 for others.
func CallNumber(text string) int {
	m := numberMark.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // digits
	return n
}
