package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Template is a settings file to fill in: every setting with what it is for.
// What everybody must set holds a placeholder, which [Load] knows; the rest is
// commented out and shows the default.
func Template() string {
	var b strings.Builder
	b.WriteString("# Settings of fn-slack. A line that begins with # is a comment. A value may be\n" +
		"# $NAME or contain ${NAME}, an environment variable, and ^name or ^{name}, an\n" +
		"# entry of the system's keyring.\n")
	for _, section := range sections {
		b.WriteString("\n" + sectionTemplate(section, "\n"))
	}
	return b.String()
}

// Update returns text, a settings file, with the settings that it does not
// mention, not even in a comment, and their names. Missing sections come to the
// end as in [Template]; missing keys come to the end of their section and are
// commented out. Everything else stays as it is, byte for byte.
func Update(text string) (updated string, added []string) {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	lines := strings.SplitAfter(text, "\n")
	parts := sectionLines(lines)
	var out strings.Builder
	for i, line := range lines {
		out.WriteString(line)
		for _, part := range parts {
			if part.last != i {
				continue
			}
			missing := ""
			for _, k := range used(part.name) {
				if !mentioned(lines[part.first:part.last+1], k.Name) {
					missing += keyTemplate(k, false, newline)
					added = append(added, k.id())
				}
			}
			if missing != "" && !strings.HasSuffix(line, "\n") {
				out.WriteString(newline)
			}
			out.WriteString(missing)
		}
	}
	for _, section := range sections {
		if slices.ContainsFunc(parts, func(p part) bool { return p.name == section }) {
			continue
		}
		if s := out.String(); s != "" && !strings.HasSuffix(s, "\n") {
			out.WriteString(newline)
		}
		if out.Len() > 0 {
			out.WriteString(newline)
		}
		out.WriteString(sectionTemplate(section, newline))
		for _, k := range used(section) {
			added = append(added, k.id())
		}
	}
	return out.String(), added
}

// part is where one of our sections stands in a file, as indices of lines.
type part struct {
	name string
	// first is the header, last the last line that is not empty.
	first, last int
}

func sectionLines(lines []string) []part {
	var parts []part
	open := false
	for i, line := range lines {
		text := strings.TrimSpace(strings.TrimPrefix(line, "\uFEFF"))
		if name, ok := strings.CutPrefix(text, "["); ok && line == strings.TrimLeft(line, " \t") {
			name, _, open = strings.Cut(name, "]")
			if open = open && slices.Contains(sections, name); open {
				parts = append(parts, part{name, i, i})
			}
			continue
		}
		if open && text != "" {
			parts[len(parts)-1].last = i
		}
	}
	return parts
}

// mentioned tells whether lines set a key, or have it commented out.
func mentioned(lines []string, key string) bool {
	pattern := regexp.MustCompile(`(?i)^\s*[#;]*\s*` + regexp.QuoteMeta(key) + `\s*[=:]`)
	return slices.ContainsFunc(lines, pattern.MatchString)
}

func sectionTemplate(section, newline string) string {
	text := "[" + section + "]" + newline
	for _, k := range used(section) {
		text += keyTemplate(k, true, newline)
	}
	return text
}

// keyTemplate is one setting with its comment. Without fill it sets nothing.
func keyTemplate(k Key, fill bool, newline string) string {
	comment := "# " + k.Doc + newline
	if fill && k.Placeholder != "" {
		return fmt.Sprintf("%s%s=%s%s", comment, k.Name, k.Placeholder, newline)
	}
	return fmt.Sprintf("%s#%s=%s%s", comment, k.Name, k.Default, newline)
}
