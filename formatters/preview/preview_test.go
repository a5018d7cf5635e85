package preview_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/preview"
)

var update = flag.Bool("update", false, "write the stored renderings anew")

var options = preview.Options{
	Author: "fn-slack",
	Time:   time.Date(2018, 4, 27, 20, 0, 0, 0, time.UTC),
	Names:  map[string]string{"U0STANDIN1": "Ada Analyst"},
	Width:  80,
}

// render gives both forms, one element a line, so that a change shows as a
// few lines of a diff.
func render(t *testing.T, m blockkit.Message) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("-- html --\n")
	b.WriteString(strings.ReplaceAll(preview.HTML(m, options), "><div", ">\n<div") + "\n")
	b.WriteString("-- terminal --\n")
	if err := preview.Terminal(&b, m, options); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update accepts it)\n%s", file, diff)
	}
}

func messages(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/messages/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

func readMessage(t testing.TB, file string) blockkit.Message {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var m blockkit.Message
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMessagesLookAsStored(t *testing.T) {
	for _, file := range messages(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			golden(t, strings.TrimSuffix(file, ".json")+".golden", render(t, readMessage(t, file)))
		})
	}
}

func TestEveryValidBlockKitCaseLooksAsStored(t *testing.T) {
	text, err := os.ReadFile("../blockkit/testdata/blockkit.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID     string            `json:"id"`
		Valid  bool              `json:"valid"`
		Blocks []json.RawMessage `json:"blocks"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range cases {
		if !c.Valid {
			continue
		}
		got := render(t, blockkit.Message{Blocks: c.Blocks})
		if strings.Contains(got, "cannot be shown") {
			t.Errorf("%s: a valid block is not understood:\n%s", c.ID, got)
		}
		b.WriteString("== " + c.ID + "\n" + got)
	}
	golden(t, "testdata/blockkit.golden", b.String())
}

func TestColourIsAnsiAroundTheSameText(t *testing.T) {
	m := readMessage(t, "testdata/messages/incident.json")
	var plain, coloured bytes.Buffer
	o := options
	if err := preview.Terminal(&plain, m, o); err != nil {
		t.Fatal(err)
	}
	o.Color = true
	if err := preview.Terminal(&coloured, m, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(coloured.String(), "\x1b[1m") {
		t.Error("no bold text")
	}
	if diff := cmp.Diff(plain.String(), sgr.ReplaceAllString(coloured.String(), "")); diff != "" {
		t.Error(diff)
	}
}

// Texts made to be slow to read: Slack allows 40,000 characters, 12,000 of Markdown.
func TestHostileTextsAreReadInLinearTime(t *testing.T) {
	for _, piece := range []string{"*a ", "<", "<a", "`a ", "_", ":a", "&gt;", "> ", "```", "<!date^", "<https://x|", "[a](", "![", "1. ", "a*_ ", "|", "\\*"} {
		text := strings.Repeat(piece, 40_000/len(piece))
		begun := time.Now()
		preview.HTML(blockkit.Message{Text: text}, options)
		preview.HTML(blockkit.Message{Text: text + "\n"}, options)
		preview.HTML(blockkit.Message{Text: text + ">"}, options)
		if err := preview.Terminal(io.Discard, blockkit.Message{Text: text + strings.Repeat("x", 40_000)}, preview.Options{Width: 10}); err != nil {
			t.Fatal(err)
		}
		readMarkdown(t, text[:12_000])
		if took := time.Since(begun); took > 10*time.Second { // quadratic reading takes minutes under the race detector
			t.Errorf("%q took %s", piece, took)
		}
		t.Logf("%q took %s", piece, time.Since(begun))
	}
}

// A table's rows are filled up to the width of its head.
func TestHostileTablesTakeLittleMemory(t *testing.T) {
	table := strings.Repeat("|a", 3_000) + "|\n" + strings.Repeat("|-", 3_000) + "|\n" + strings.Repeat("b\n", 3_000)
	if page := readMarkdown(t, table); len(page) > 10*len(table) {
		t.Errorf("%d bytes became %d", len(table), len(page))
	}
}

func readMarkdown(t *testing.T, text string) string {
	t.Helper()
	block, err := json.Marshal(map[string]string{"type": "markdown", "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return preview.HTML(blockkit.Message{Blocks: []json.RawMessage{block}}, options)
}

func TestDatesFollowTheLocation(t *testing.T) {
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Skip(err)
	}
	o := options
	o.Location = athens
	for format, want := range map[string]string{
		"{date_num} {time}":   "2018-04-27 10:33 PM",
		"{date_pretty}":       "today",
		"{date}":              "April 27th, 2018",
		"{date_long}":         "Friday, April 27th, 2018",
		"{date_short}":        "Apr 27, 2018",
		"{date_slash}":        "04/27/2018",
		"{time_secs} ({ago})": "10:33:36 PM (26 minutes ago)",
		"{unknown} text":      "{unknown} text",
	} {
		m := blockkit.Message{Text: "<!date^1524857616^" + format + "|fallback>"}
		if got := preview.HTML(m, o); !strings.Contains(got, ">"+want+"</span>") {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}
