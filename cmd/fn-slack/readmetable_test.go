package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/kind"
)

var updateREADME = flag.Bool("update-readme", false, "write the table of settings into the README")

// settingsTable is the README's table of every setting.
func settingsTable() string {
	var b strings.Builder
	b.WriteString("| key | default | what it is |\n|---|---|---|\n")
	section := ""
	var unused []string
	for _, k := range config.Keys() {
		if k.Unused != "" {
			unused = append(unused, fmt.Sprintf("`%s` (%s)", k.Name, k.Unused))
			continue
		}
		if k.Section != section {
			section = k.Section
			fmt.Fprintf(&b, "| **`[%s]`** | | |\n", section)
		}
		value := ""
		if k.Default != "" {
			value = "`" + k.Default + "`"
		}
		doc := strings.ReplaceAll(k.Doc, "|", "\\|")
		if k.Env != "" {
			word := "else"
			if k.EnvWins {
				word = "before it"
			}
			doc += fmt.Sprintf("; %s `$%s`", word, k.Env)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, value, doc)
	}
	fmt.Fprintf(&b, "\nAccepted and without effect: %s.\n", strings.Join(unused, ", "))
	return b.String()
}

// The README lists every setting, as the program knows them.
func TestREADMEHasTheTableOfSettings(t *testing.T) {
	const file, begin, end = adminPage, "<!-- settings: go test ./cmd/fn-slack -run TableOfSettings -update-readme -->\n", "<!-- end of settings -->\n"
	before, rest, ok := strings.Cut(page(t, file), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the page has no %q and %q", begin, end)
	}
	if got == settingsTable() {
		return
	}
	if !*updateREADME {
		t.Errorf("the table of the README is not that of processor/config/keys.go; -update-readme writes it")
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+settingsTable()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// It explains every kind of failure and every exit status.
func TestREADMEExplainsEveryFailure(t *testing.T) {
	text := page(t, adminPage)
	for _, k := range kind.All() {
		if !strings.Contains(text, "| `"+string(k)+"` |") {
			t.Errorf("no row for the kind %s", k)
		}
	}
	for _, status := range []int{
		exitOK, exitFailed, exitUsage, exitUnreachable, exitUnauthorised, exitCAFile, exitTLS, exitNotMember,
		exitSTOMP, exitSTOMPUnauthorised, exitSTOMPForbidden, exitSTOMPTimeout,
	} {
		if !strings.Contains(text, fmt.Sprintf("| %d |", status)) {
			t.Errorf("no row for the exit status %d", status)
		}
	}
}
