package engine

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// Script is one version of one file of the folder, with all that it imports.
// It never changes.
type Script struct {
	Name   string   // "incident.js"
	File   string   // "scripts/incident.js": the folder's own name and the file
	SHA256 string   // of the file; of the list of all files where it imports others
	Inputs []string // the files that it is made of, below the folder, itself first

	// Warnings are what is probably a mistake though the script can be used, in
	// the order of their places.
	Warnings []*ScriptError

	bundle bundle.Program
	health health
}

// warn adds to the warnings what a worker has found.
func (s *Script) warn(found []*wire.Error) {
	for _, w := range found {
		if e := s.scriptError(w); e.Line > 0 { // the rest is in what the bundler has added
			s.Warnings = append(s.Warnings, e)
		}
	}
	slices.SortStableFunc(s.Warnings, func(a, b *ScriptError) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// warning is what was known of a line before it failed.
func (s *Script) warning(file string, line int) string {
	for _, w := range s.Warnings {
		if w.File == file && w.Line == line {
			return strings.TrimSuffix(w.Message+"; "+w.Hint, "; ")
		}
	}
	return ""
}

// Source is the text of the files that the script is made of, as they were
// written, itself first.
func (s *Script) Source() []string {
	texts := make([]string, len(s.Inputs))
	for i, name := range s.Inputs {
		texts[i] = s.bundle.Texts[name]
	}
	return texts
}

// key names the script in a worker. The name is part of it, because the same
// text under another name has other positions.
func (s *Script) key() string { return s.Name + "@" + s.SHA256 }

// identify sets what follows from the bundle.
func (s *Script) identify() {
	s.Inputs = []string{s.Name}
	for name := range s.bundle.Texts {
		if name != s.Name {
			s.Inputs = append(s.Inputs, name)
		}
	}
	slices.Sort(s.Inputs[1:])
	if len(s.Inputs) == 1 {
		s.SHA256 = sum(s.bundle.Texts[s.Name])
		return
	}
	var list strings.Builder
	for _, name := range s.Inputs {
		fmt.Fprintf(&list, "%s  %s\n", sum(s.bundle.Texts[name]), name)
	}
	s.SHA256 = sum(list.String())
}

// Mention is the place where a name stands in the script, as an error without a
// message; nil where it stands nowhere, or in several places.
func (s *Script) Mention(name string) *ScriptError {
	var at *ScriptError
	for _, file := range s.Inputs {
		text := s.bundle.Texts[file]
		for i := 0; name != ""; i += len(name) {
			next := strings.Index(text[i:], name)
			if next < 0 {
				break
			}
			i += next
			if inWord(text[:i], utf8.DecodeLastRuneInString) || inWord(text[i+len(name):], utf8.DecodeRuneInString) {
				continue
			}
			if at != nil {
				return nil
			}
			line := strings.Count(text[:i], "\n") + 1
			column := utf8.RuneCountInString(text[strings.LastIndexByte(text[:i], '\n')+1:i]) + 1
			at = &ScriptError{Script: s.Name, File: path.Join(path.Dir(s.File), file), Line: line, Column: column, Excerpt: excerpt(bundle.LineOf(text, line), line, column)}
		}
	}
	return at
}

func inWord(text string, end func(string) (rune, int)) bool {
	r, _ := end(text)
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// quotedName is the first name in quotes of a sentence.
func quotedName(sentence string) string {
	_, rest, _ := strings.Cut(sentence, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
