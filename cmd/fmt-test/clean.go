package main

import (
	"strings"
	"unicode"
)

// cleanName is clean for what stands on one line, such as the name of a file.
func cleanName(s string) string {
	return strings.NewReplacer("\n", "\uFFFD", "\t", "\uFFFD").Replace(clean(s))
}

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
