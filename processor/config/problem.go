package config

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong with the settings.
type Problem struct {
	// Key is section.key, or empty when the problem is one of the file.
	Key string
	// File is where the value comes from: a path, or words such as
	// "the command line" and "environment variable LOGLEVEL".
	File string
	// Line is the line in File, counted from 1; 0 when it has none, as with a
	// key that is missing.
	Line   int
	What   string // what is wrong; never the value of a secret
	Remedy string // what to write instead
	NoFile bool   // none was named, and none is where one is looked for
}

// Error is one line: place, key, what is wrong and what to do.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}
