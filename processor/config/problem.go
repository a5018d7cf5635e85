package config

import "fmt"

// origin is where a value comes from.
type origin struct {
	place string // file, or words
	line  int
}

func (p origin) String() string {
	if p.line > 0 {
		return fmt.Sprintf("%s:%d", p.place, p.line)
	}
	return p.place
}

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
}

// Error is one line: place, key, what is wrong and what to do.
func (p *Problem) Error() string {
	text := origin{p.File, p.Line}.String() + ": "
	if p.Key != "" {
		text += p.Key + ": "
	}
	text += p.What
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}
