package preview

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/yuin/goldmark/extension"
	md "github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Tables and strikethrough are read as goldmark's own extensions read them.
func TestMarkdownIsThatOfTheExtensions(t *testing.T) {
	theirs := md.NewParser(
		md.WithBlockParsers(without(md.DefaultBlockParsers(), md.NewHTMLBlockParser())...),
		md.WithInlineParsers(without(md.DefaultInlineParsers(), md.NewRawHTMLParser())...),
		md.WithInlineParsers(util.Prioritized(extension.NewStrikethroughParser(), 500)),
		md.WithParagraphTransformers(md.DefaultParagraphTransformers()...),
		md.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
		md.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	pieces := []string{"|", "|", "|", "\n", "\n", "---", "-", ":", " ", " ", "\t", "a", "bc", "~", "~~", "*", "`", `\|`, "|---|:-:|\n", "\n|-|-|\n", "a | b\n--|--\n", "> ", "- ", "`x\\|y`", "é", "\v", "\n\n"}
	random := rand.New(rand.NewPCG(1, 2))
	tables, struck := 0, 0
	for range 3000 {
		var text strings.Builder
		for range 1 + random.IntN(16) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		m := markdownReader{source: []byte(text.String())}
		got := m.blocks(markdownParser().Parse(mdtext.NewReader(m.source)), 0)
		want := m.blocks(theirs.Parse(mdtext.NewReader(m.source)), 0)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(element{}, span{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-want +got)\n%s", text.String(), diff)
		}
		for _, e := range got {
			if e.Kind == table {
				tables++
			}
			for _, s := range e.Spans {
				if s.Style&strike != 0 {
					struck++
				}
			}
		}
	}
	if tables < 150 || struck < 15 {
		t.Errorf("%d tables and %d texts struck through are too few to say anything", tables, struck)
	}
}
