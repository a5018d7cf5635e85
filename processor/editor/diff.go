package editor

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// diffContext is how many equal lines are shown around a difference.
const diffContext = 3

// lineDiff shows what to take away from one text (-) and what to add (+) to
// get another, with some lines around. Equal texts give "".
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
		for _, l := range hunk.Lines {
			out.WriteString(signs[l.Kind] + l.Content)
		}
	}
	return out.String(), nil
}
