package wire

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Kind sorts the failures of scripts by what stopped them.
type Kind string

const (
	KindSource  Kind = "source"  // the file cannot be used at all: empty, binary, too large, unreadable
	KindSyntax  Kind = "syntax"  // it does not compile, or uses what the engine would silently get wrong
	KindThrow   Kind = "throw"   // an exception
	KindTimeout Kind = "timeout" // it ran too long
	KindMemory  Kind = "memory"  // it used too much memory
	KindStack   Kind = "stack"   // its calls or its data are nested too deeply
	KindOutput  Kind = "output"  // its result is too large or is not JSON
	KindCrash   Kind = "crash"   // it killed the worker in another way
	KindCheck   Kind = "check"   // Config.Check did not accept it
)

// Line is what a script wrote with console.log, .info, .debug, .warn or .error.
type Line struct {
	Script string `json:"script,omitempty"`
	Level  string `json:"level"` // "debug", "info", "warn", "error"
	Text   string `json:"text"`
}

// ErrNonsense says that a worker has answered what is no answer: it is lost.
var ErrNonsense = errors.New("a render worker answered nonsense")

// TimeoutError is the failure of a script that ran longer than limit.
func TimeoutError(limit time.Duration) *Error {
	return &Error{
		Kind:    KindTimeout,
		Message: fmt.Sprintf("ran longer than %v", limit),
		Limit:   fmt.Sprintf("time %v", limit),
	}
}

// Cut shortens text to at most n bytes, at a rune boundary.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
