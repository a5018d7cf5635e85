package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"

	"github.com/fn-slack/fn-slack/processor/render"
)

// makeCall is the i-th call, as the workflow Create Slack Message sends it; script
// names its layout where it is not "".
func makeCall(i int, channel, script string) call {
	details := fmt.Sprintf(`{"Incident": {"type": "string", "data": "call %d."}, `+
		`"Description": {"type": "richtext", "data": "<div>Severe issue affecting <b>perimeter</b> routers</div>"}, `+
		`"Severity": {"type": "string", "data": "High"}, "Create Date": {"type": "datetime", "data": 1524857616000}}`, i)
	inputs := map[string]any{"slack_channel": channel, "slack_details": details, "incident_id": 2223}
	if script != "" {
		inputs["slack_formatter"] = script
	}
	body, err := json.Marshal(map[string]any{
		"function":  map[string]any{"id": 72, "name": render.Function},
		"inputs":    inputs,
		"workflow":  map[string]any{"programmatic_name": "create_slack_message", "object_type": map[string]any{"name": "incident"}},
		"principal": map[string]any{"name": "b@a.com"},
	})
	if err != nil {
		panic(err) // texts and numbers
	}
	return call{id: "invid:" + strconv.Itoa(i), body: body}
}

var callMark = regexp.MustCompile(`call (\d+)\.`)

// callNumber is the number of the call that a message is for, -1 for others.
func callNumber(text string) int {
	m := callMark.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // digits
	return n
}

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
