package resilient

import "github.com/fn-slack/fn-slack/processor/members"

// appendMember writes one member of an object; raw is valid JSON.
func appendMember(b []byte, name string, raw []byte) []byte {
	b = append(appendString(b, name), ':')
	return append(b, raw...)
}

// appendString writes a string as encode does.
func appendString(b []byte, s string) []byte {
	if !members.Plain(s) {
		return append(b, encode(s)...)
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}
