package engine

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

var errProtocol = errors.New("a render worker answered nonsense")

func timeoutError(limit time.Duration) *wireError {
	return &wireError{
		Kind:    KindTimeout,
		Message: fmt.Sprintf("ran longer than %v", limit),
		Limit:   fmt.Sprintf("time %v", limit),
	}
}

// cut shortens text to at most n bytes, at a rune boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
