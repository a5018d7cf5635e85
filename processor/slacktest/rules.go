package slacktest

import (
	"fmt"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// checkRules refuses what breaks Slack's rules, in Slack's shape: the reasons
// stand in errors and again in response_metadata.messages, each with a JSON
// pointer.
func checkRules(m blockkit.Message) *refusal {
	m.Channel = "" // was or will be checked with the workspace's channels
	violations := blockkit.Validate(m)
	if len(violations) == 0 {
		return nil
	}
	code := "invalid_blocks"
	reasons := make([]string, len(violations))
	messages := make([]string, len(violations))
	for i, v := range violations {
		reasons[i] = fmt.Sprintf("%s [json-pointer:%s]", v.Message, v.Pointer)
		messages[i] = "[ERROR] " + reasons[i]
	}
	switch first := violations[0]; {
	case strings.HasPrefix(first.Pointer, "/attachments"):
		code = "invalid_attachments"
	case first.Constraint == "no_text", first.Constraint == "msg_blocks_too_long":
		return refuse(first.Constraint)
	}
	return &refusal{code: code, more: answer{
		"errors": reasons, "response_metadata": answer{"messages": messages},
	}}
}
