package resilient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/processor/members"
)

// maxReply is the most bytes of a reply. Brokers close the connection on a
// message of more than 1 MiB with ActiveMQ's usual frame limit; the rest is
// room for the headers.
const maxReply = 900 << 10

// maxText bounds the text of a status or an error in bytes. It is shown in one
// cell of the Action Status table; nobody reads more.
const maxText = 16 << 10

// The platform's message_type.
const (
	typeOK    = 0
	typeError = 1
)

type reply struct {
	MessageType int    `json:"message_type"`
	Message     string `json:"message"`
	Complete    bool   `json:"complete"`
}

// A TooLargeError tells that results do not fit into one reply.
type TooLargeError struct {
	Size  int // bytes of the reply
	Limit int // 900 KiB
}

// Error says how large the reply is, and how large it may be.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the results are too large for one reply: %d bytes, at most %d", e.Size, e.Limit)
}

// StatusReply is a line of progress; the call stays open. Text of more than
// 16 KiB is cut.
func StatusReply(text string) []byte {
	if text == "" {
		text = "(No status)" // what the original runtime says for nothing
	}
	return encode(reply{MessageType: typeOK, Message: cut(text)})
}

// ResultReply ends a call with results, which may be anything that
// encoding/json can write. An empty message becomes "Completed". The error is
// a *TooLargeError, or says that results cannot be written as JSON.
func ResultReply(message string, results any) ([]byte, error) {
	if message == "" {
		message = "Completed"
	}
	// Put together by hand: encoding/json would read the results once more.
	body := append([]byte(`{"message_type":0,"message":`), encode(cut(message))...)
	body, err := appendResults(append(body, `,"complete":true,"results":`...), results)
	if err != nil {
		return nil, fmt.Errorf("write the results as JSON: %w", err)
	}
	body = append(body, '}')
	if len(body) > maxReply {
		return nil, &TooLargeError{Size: len(body), Limit: maxReply}
	}
	return body, nil
}

// ErrorReply ends a call as failed; the workflow stops and shows the text.
// Text of more than 16 KiB is cut.
func ErrorReply(text string) []byte {
	if text == "" {
		text = "The function failed and gave no reason."
	}
	return encode(reply{MessageType: typeError, Message: cut(text), Complete: true})
}

// appendResults appends what encodeAny gives, but takes the form of results that every
// call ends with as it is written. Only what came in several lines is read again.
func appendResults(b []byte, results any) ([]byte, error) {
	payload, ok := results.(ResultPayload)
	if !ok {
		js, err := encodeAny(results)
		return append(b, js...), err
	}
	before := len(b)
	b, err := payload.appendTo(b)
	if err != nil || bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b, err
	}
	line := bytes.NewBuffer(b[:before:before])
	err = json.Compact(line, b[before:])
	return line.Bytes(), err
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	at := maxText
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + "…"
}

// encode writes values of our own types, for which it cannot fail.
func encode(v any) []byte {
	js, err := encodeAny(v)
	if err != nil {
		panic(fmt.Sprintf("resilient: encode %T: %v", v, err))
	}
	return js
}

// encodeAny writes one line of JSON in which < > & stay readable: they are
// frequent in Slack's markup, and scripts of the platform show the text as is. Most
// values need no Encoder.
func encodeAny(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return []byte("null"), nil
	case bool:
		return strconv.AppendBool(nil, v), nil
	case string:
		if members.Plain(v) {
			return []byte(`"` + v + `"`), nil
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// appendMember writes one member of an object; raw is valid JSON.
func appendMember(b []byte, name string, raw []byte) []byte {
	if members.Plain(name) {
		b = append(append(append(b, '"'), name...), '"')
	} else {
		b = append(b, encode(name)...)
	}
	return append(append(b, ':'), raw...)
}
