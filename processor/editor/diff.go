package editor

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// diffContext is how many equal lines are shown around a difference.
const diffContext = 3

// lineDiff shows what to take away from one text (-) and what to add (+) to
// get another, with some lines around, and in them [-words-] that go and {+words+}
// that come. Equal texts give "".
func lineDiff(from, to string) (string, error) {
	from, to = from+"\n", to+"\n" // every line has an end
	diff, err := udiff.ToUnifiedDiff("", "", from, udiff.Lines(from, to), diffContext)
	if err != nil {
		return "", err
	}
	signs := map[udiff.OpKind]string{udiff.Delete: "- ", udiff.Insert: "+ ", udiff.Equal: "  "}
	var out strings.Builder
	for _, hunk := range diff.Hunks {
		if hunk.FromLine > 1 {
			fmt.Fprintf(&out, "  … line %d\n", hunk.FromLine)
		}
		markWords(hunk.Lines)
		for _, l := range hunk.Lines {
			out.WriteString(signs[l.Kind] + l.Content)
		}
	}
	return out.String(), nil
}

// markWords marks the words that change in lines of which as many go as come in
// their place.
func markWords(lines []udiff.Line) {
	run := func(at int, kind udiff.OpKind) int {
		n := 0
		for at+n < len(lines) && lines[at+n].Kind == kind {
			n++
		}
		return n
	}
	for i := 0; i < len(lines); i++ {
		gone := run(i, udiff.Delete)
		if come := run(i+gone, udiff.Insert); gone == 0 || come != gone {
			i += max(gone-1, 0)
			continue
		}
		for k := range gone {
			a, b := &lines[i+k].Content, &lines[i+gone+k].Content
			*a, *b = changedWords(*a, *b)
		}
		i += 2*gone - 1
	}
}

// changedWords marks what is between the words at the beginning and at the end
// that two lines have in common. Lines with nothing in common stay as they are.
func changedWords(a, b string) (string, string) {
	x, y := strings.SplitAfter(strings.TrimSuffix(a, "\n"), " "), strings.SplitAfter(strings.TrimSuffix(b, "\n"), " ")
	head := 0
	for head < min(len(x), len(y)) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < min(len(x), len(y))-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	if strings.TrimSpace(strings.Join(append(x[:head:head], x[len(x)-tail:]...), "")) == "" {
		return a, b
	}
	mark := func(words []string, open, end string) string {
		changed := strings.Join(words[head:len(words)-tail], "")
		if changed != "" {
			kept := strings.TrimRight(changed, " ")
			changed = open + kept + end + changed[len(kept):]
		}
		return strings.Join(words[:head], "") + changed + strings.Join(words[len(words)-tail:], "") + "\n"
	}
	return mark(x, "[-", "-]"), mark(y, "{+", "+}")
}

// textLines puts each line of a text in JSON on a line of its own.
func textLines(js string) string {
	var out strings.Builder
	for line := range strings.Lines(js) {
		indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+2)
		for {
			at := lineEnd(line)
			if at < 0 {
				break
			}
			out.WriteString(line[:at] + "\n" + indent)
			line = line[at:]
		}
		out.WriteString(line)
	}
	return out.String()
}

// lineEnd is where a line of a text in JSON ends, -1 where it goes on to the end.
func lineEnd(js string) int {
	for i := 0; i+1 < len(js); i++ {
		if js[i] != '\\' {
			continue
		}
		if i++; js[i] == 'n' && i+1 < len(js) && js[i+1] != '"' {
			return i + 1
		}
	}
	return -1
}
