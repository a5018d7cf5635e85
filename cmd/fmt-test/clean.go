package main

import (
	"strings"
	"unicode"
)

// clean makes text that may come from an incident safe to print: a control
// character could write over the screen.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, s)
}
