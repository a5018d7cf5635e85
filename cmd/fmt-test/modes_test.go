package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	card     = "../../scripts/incident-card.js"
	anything = `{"Name": {"type": "string", "data": "first"}}`
)

// A sample in the script that wants another message keeps the script from going
// live, also when another sample is looked at.
func TestFailsOverASampleInTheScriptThatFails(t *testing.T) {
	const script = `export default { format: (m) => m.text, samples: [{ name: "mine", details: %s, want: { text: "Name: %s" } }] };`
	for want, warned := range map[string]string{"first": "", "second": "fmt-test: the service would not take this version live:\nfmt-test: sample mine: "} {
		dir := folder(t, "a.js", fmt.Sprintf(script, anything, want))
		stdout, stderr, code := fmtTest(t, anything, filepath.Join(dir, "a.js"), "-")
		if code != min(len(warned), 1) || !strings.Contains(stdout, "Name: first") || !strings.HasPrefix(stderr, warned) || (warned == "") != (stderr == "") {
			t.Errorf("exit %d, %s%s", code, stdout, stderr)
		}
	}
}

func TestFactsThenWarningsThenConsole(t *testing.T) {
	dir := folder(t, "a.js", `export default { format(m) { console.warn("odd \u001b[2J", m.title); return m.text; } };`)
	stdout, stderr, code := fmtTest(t, `{"Name": {"type": "string", "data": "first"}, "Odd": {"type": "colour", "data": "red"}}`, filepath.Join(dir, "a.js"), "-")
	if code != 0 || !regexp.MustCompile(`(?s)Name: first\n.*\n\na\.js · 0 blocks · \d+ of 40000 characters · \d+\.\d ms\n$`).MatchString(stdout) {
		t.Errorf("exit %d, stdout %q", code, stdout)
	}
	warning, console, _ := strings.Cut(stderr, "\n")
	if !strings.HasPrefix(warning, "warning: ") || !strings.Contains(warning, "colour") || console != "console.warn: odd \uFFFD[2J first\n" {
		t.Errorf("stderr %q", stderr)
	}
}

// What a script wrote before it failed is most wanted then.
func TestConsoleOfAScriptThatFails(t *testing.T) {
	dir := folder(t, "a.js", `export default { format(m) { console.log("before"); throw new Error("no"); } };`)
	_, stderr, code := fmtTest(t, anything, filepath.Join(dir, "a.js"), "-")
	if code != 1 || !strings.HasSuffix(stderr, "console.log: before\n") || !strings.HasPrefix(stderr, "scripts/a.js:1:") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

func TestNowSetsTheClock(t *testing.T) {
	dir := folder(t, "a.js", `export default { format: () => new Date().toISOString() };`)
	stdout, _, _ := fmtTest(t, anything, "--json", "--now", "2026-01-02T03:04:05Z", filepath.Join(dir, "a.js"), "-")
	if !strings.Contains(stdout, "2026-01-02T03:04:05.000Z") {
		t.Errorf("got %s", stdout)
	}
}

func TestAFolderAndASampleTakeTheScriptThatTheServiceWould(t *testing.T) {
	dir := folder(t, "a.js", `export default { match: (call) => call.isReply, format: () => "a" };`, "default.js", `export default { format: () => "default" };`)
	for want, args := range map[string][]string{"a": {"--input", "slack_thread_id=1524857620.000100"}, "default": nil} {
		stdout, stderr, code := fmtTest(t, anything, append(args, "--json", dir, "-")...)
		if code != 0 || !strings.Contains(stdout, `"text": "`+want+`"`) {
			t.Errorf("%s: exit %d: %s%s", want, code, stdout, stderr)
		}
	}
}

func TestListSaysWhichScriptAndWhy(t *testing.T) {
	dir := folder(t,
		"a.js", `export default { match: (call) => call.isReply };`,
		"b.js", `export default { match: () => true };`,
		"c.js", `export default { match: () => true };`,
		"d.js", `export default { match() { throw new Error("oops"); } };`,
		"default.js", `export default {};`,
		"e.js", `export default { format: () => "x" };`,
		"f.js", `export default { match: `)
	stdout, stderr, code := fmtTest(t, anything, "--list", dir, "-")
	if code != 1 { // the service would not take d.js and f.js live
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		`  a\.js +its match does not return true`,
		`\* b\.js +its match returns true\n`,
		`  c\.js +its match returns true, but b\.js comes first`,
		`  d\.js +fails: .*d\.js:1:\d+: Error: oops`,
		`  default\.js +takes what no other script takes`,
		`  e\.js +has no match`,
		`  f\.js +cannot be used: .*f\.js:1`,
		`b\.js takes standard input`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("lacks %s:\n%s", want, stdout)
		}
	}
	stdout, _, _ = fmtTest(t, anything, "--list", "--input", "slack_formatter=e", dir, "-")
	if !strings.Contains(stdout, "e.js takes standard input") || !regexp.MustCompile(`\* e\.js +the input slack_formatter names it`).MatchString(stdout) {
		t.Errorf("named: %s", stdout)
	}
}

func TestExpectations(t *testing.T) {
	const layout = `export default { format: (m) => ({ blocks: [slack.header("Card"), slack.section(m.text), slack.divider()] }) };`
	dir := folder(t, "a.js", layout, "samples/a/one.json", anything)
	script, one, want := filepath.Join(dir, "a.js"), filepath.Join(dir, "samples/a/one.json"), filepath.Join(dir, "samples/a/one.want.json")

	if _, stderr, code := fmtTest(t, "", "--check", script, one); code != 1 || !strings.Contains(stderr, "--update") {
		t.Errorf("nothing stored: exit %d: %s", code, stderr)
	}
	if _, stderr, code := fmtTest(t, anything, "--check", script, "-"); code != 2 {
		t.Errorf("standard input: exit %d: %s", code, stderr)
	}
	if stdout, stderr, code := fmtTest(t, "", "--update", script, one); code != 0 || !strings.Contains(stdout, "written") {
		t.Errorf("update: exit %d: %s%s", code, stdout, stderr)
	}
	stored, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	if printed, _, _ := fmtTest(t, "", "--json", script, one); printed != string(stored) {
		t.Errorf("stored %s, want %s", stored, printed)
	}
	if stdout, _, code := fmtTest(t, "", "--check", script, one); code != 0 || stdout != "one.json: as expected\n" {
		t.Errorf("check: exit %d: %s", code, stdout)
	}

	save(t, script, strings.Replace(layout, `"Card"`, `"Chart"`, 1))
	_, stderr, code := fmtTest(t, "", "--check", script, one)
	first, _, _ := strings.Cut(stderr, "\n")
	if code != 1 || !strings.Contains(first, "one.json") || !strings.Contains(first, "/blocks/0/text/text") {
		t.Errorf("differs: exit %d, first line %s", code, first)
	}
	for _, line := range []string{`-         "text": "Card",`, `+         "text": "Chart",`, "  … line "} {
		if !strings.Contains(stderr, "\n"+line) {
			t.Errorf("no line %q in:\n%s", line, stderr)
		}
	}
	if strings.Contains(stderr, "divider") {
		t.Errorf("what is far from the difference is shown:\n%s", stderr)
	}

	// The table of the whole folder.
	stdout, stderr, code := fmtTest(t, "", dir)
	if code != 1 || !regexp.MustCompile(`(?m)^a\.js +one\.json +DIFFERS +3 blocks `).MatchString(stdout) || !strings.Contains(stderr, `+         "text": "Chart",`) {
		t.Errorf("folder: exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, _, code := fmtTest(t, "", "--update", dir); code != 0 || !strings.Contains(stdout, "written") {
		t.Errorf("update of the folder: exit %d: %s", code, stdout)
	}
	if stdout, _, code := fmtTest(t, "", dir); code != 0 || !strings.Contains(stdout, "as expected") {
		t.Errorf("folder: exit %d: %s", code, stdout)
	}

	// Only what the expectation mentions counts.
	save(t, want, `{"blocks": [{"type": "header"}, {}, {"type": "image"}]}`)
	_, stderr, code = fmtTest(t, "", "--check", script, one)
	if code != 1 || strings.Contains(stderr, "plain_text") || !strings.Contains(stderr, `+       "type": "divider"`) {
		t.Errorf("a part: exit %d:\n%s", code, stderr)
	}
}

func TestAFolderShowsEveryKindOfFailure(t *testing.T) {
	dir := folder(t, "broken.js", brokenScript, "throws.js", throwingScript, "fine.js", goodScript, "samples/fine/a.json", anything)
	stdout, stderr, code := fmtTest(t, "", "--check", dir)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, row := range []string{`broken\.js +- +BROKEN`, `throws\.js +.*FAILED`, `fine\.js +a\.json +NOTHING STORED`} {
		if !regexp.MustCompile(row).MatchString(stdout) {
			t.Errorf("no row %s in:\n%s", row, stdout)
		}
	}
	for _, want := range []string{"broken.js:3:", "throws.js:3:", "--update", "3 of 3 runs went wrong"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}

// A script may lie in a folder that is none of scripts.
func TestAFolderThatIsTooLarge(t *testing.T) {
	files := []string{"a.js", goodScript}
	for i := range 1000 {
		files = append(files, fmt.Sprintf("%d.json", i), "{}")
	}
	dir := folder(t, files...)
	for _, args := range [][]string{{filepath.Join(dir, "a.js"), incident}, {dir, incident}, {"--list", dir, incident}, {dir}, {filepath.Join(dir, "a.js")}} {
		stdout, stderr, code := fmtTest(t, "", args...)
		if want := dir + ": the scripts folder cannot be read: it holds more than"; code != 1 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
}

// The name of a file is somebody's text, too.
func TestNamesOfFilesCannotWriteOverTheScreen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such names")
	}
	const script, in = "es\x1b[2Jc\n.js", "sam\x1b[2Jple\n.json"
	dir := folder(t, script, goodScript, "samples/es\x1b[2Jc\n/"+in, anything)
	file := filepath.Join(dir, "samples/es\x1b[2Jc\n", in)
	for _, args := range [][]string{
		{dir}, {filepath.Join(dir, script), file}, {"--list", dir, file}, {"--update", filepath.Join(dir, script), file}, {"--update", filepath.Join(dir, script), file},
		{"--check", filepath.Join(dir, script), file}, {filepath.Join(dir, "no\x1b[2J.js"), file}, {filepath.Join(dir, script+"\x1b"), file}, {"--\x1b[2J", dir},
	} {
		stdout, stderr, _ := fmtTest(t, "", args...)
		if strings.Contains(stdout+stderr, "\x1b") || strings.Contains(stdout, "c\n.js") || strings.Contains(stdout, "ple\n.json") {
			t.Errorf("%q prints %q %q", args, stdout, stderr)
		}
	}
}

func TestBlocks(t *testing.T) {
	stdout, _, code := fmtTest(t, `[{"type": "divider"}]`, "--blocks", "-")
	if code != 0 || stdout != "{\n  \"ok\": true,\n  \"errors\": []\n}\n" {
		t.Errorf("exit %d: %s", code, stdout)
	}
	stdout, stderr, code := fmtTest(t, `{"blocks": [{"type": "divider"}, {"type": "section"}]}`, "--blocks", "-")
	var answer struct {
		OK     bool
		Errors []struct{ Pointer, Constraint, Message string }
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || code != 1 || answer.OK || len(answer.Errors) != 1 ||
		!strings.HasPrefix(answer.Errors[0].Pointer, "/1") || answer.Errors[0].Message == "" || stderr == "" {
		t.Errorf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
}

func TestBuilderAddressHoldsTheBlocks(t *testing.T) {
	stdout, _, code := fmtTest(t, "", "--builder", card, incident)
	address, err := url.Parse(strings.TrimSpace(stdout))
	if err != nil || code != 0 || address.Host != "app.slack.com" || address.Path != "/block-kit-builder/" {
		t.Fatalf("exit %d, %v: %s", code, err, stdout)
	}
	var got struct{ Blocks []map[string]any }
	if err := json.Unmarshal([]byte(address.Fragment), &got); err != nil || len(got.Blocks) == 0 || got.Blocks[0]["type"] != "header" {
		t.Errorf("%v: %s", err, address.Fragment)
	}
	if _, stderr, code := fmtTest(t, "", "--builder", plainScript, incident); code != 1 || !strings.Contains(stderr, "no blocks") {
		t.Errorf("without blocks: exit %d: %s", code, stderr)
	}
}

func TestHTMLIsOneSafePage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.html")
	hostile := `{"Name": {"type": "string", "data": "</style><script>alert(1)</script> <img src=x>"}}`
	if _, stderr, code := fmtTest(t, hostile, "--html", file, card, "-"); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(page, []byte("<style>"))
	style, rest, _ := bytes.Cut(rest, []byte("</style>"))
	sum := sha256.Sum256(style)
	// html/template writes + and ' as references.
	policy := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(string(page))
	if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("the policy is not %s", want)
	}
	for _, bad := range []string{"<script", "<img", "<link", "url(", "@import", "</style>"} {
		if bytes.Contains(rest, []byte(bad)) || bytes.Contains(style, []byte(bad)) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if !bytes.Contains(rest, []byte("&lt;script&gt;")) {
		t.Error("the text is not there")
	}
}

func TestOptionsThatDoNotGoTogether(t *testing.T) {
	for _, args := range [][]string{
		{"--json", "--check", plainScript, incident},
		{"--json", plainScript},
		{"--list", "../../scripts"},
		{"--watch", plainScript, "-"},
		{"--serve=nonsense", plainScript},
		{"--serve", plainScript, "-"},
		{"--serve", "desk.go"},
		{"--now", "yesterday", plainScript, incident},
		{"--blocks", "-", plainScript},
		{plainScript, incident, incident},
	} {
		if stdout, stderr, code := fmtTest(t, "", args...); code != 2 || stderr == "" || stdout != "" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// lineWatcher lets a test wait for what a running program prints.
type lineWatcher struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (w *lineWatcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	close(w.more)
	w.more = make(chan struct{})
	return len(p), nil
}

func (w *lineWatcher) until(t *testing.T, want string) {
	t.Helper()
	end := time.After(10 * time.Second)
	for {
		w.mu.Lock()
		text, more := w.text.String(), w.more
		w.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-more:
		case <-end:
			t.Fatalf("never printed %q; got:\n%s", want, text)
		}
	}
}

func TestWatchPrintsAtEverySave(t *testing.T) {
	dir := folder(t, "a.js", goodScript, "lib/b.js", `export const x = 1;`, "samples/a/one.json", anything)
	script, one := filepath.Join(dir, "a.js"), filepath.Join(dir, "samples/a/one.json")
	ctx, stop := context.WithCancel(t.Context())
	out := &lineWatcher{more: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		none := func(string) (string, bool) { return "", false }
		ended <- run(ctx, []string{"--watch", script, one}, none, strings.NewReader(""), out, io.Discard)
	}()
	out.until(t, "Card one")
	save(t, script, strings.Replace(goodScript, "Card one", "Card two", 1))
	out.until(t, "Card two")
	save(t, one, `{"Name": {"type": "string", "data": "second"}}`)
	out.until(t, "second")
	save(t, script, brokenScript)
	out.until(t, "a.js:3:")
	save(t, script, strings.Replace(goodScript, "Card one", "Card three", 1))
	out.until(t, "Card three")
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
}

// The command line says of the call what a sample does not, for match.
func TestTheCallOfTheCommandLine(t *testing.T) {
	dir := folder(t, "a.js", `export default { match: (c) => [c.function, c.workflow, c.objectType, c.principal].join() === "f,w,task,anna" };`)
	for _, args := range [][]string{{"--function", "f", "--workflow", "w", "--object-type", "task", "--principal", "anna"}, {"--workflow", "w"}} {
		stdout, stderr, code := fmtTest(t, "", append(args, dir, incident)...)
		want := "a.js · "
		if len(args) == 2 {
			want = "classic · "
		}
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%v: exit %d, want %s: %s%s", args, code, want, stdout, stderr)
		}
	}
}

// What is misspelt on the command line is told with what is meant.
func TestMisspeltCommandLine(t *testing.T) {
	for arg, want := range map[string]string{"--wach": `did you mean "--watch"?`, "--tz=Berlin": `did you mean "Europe/Berlin"?`} {
		if _, stderr, code := fmtTest(t, "", arg, "scripts"); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, want %s: %s", arg, code, want, stderr)
		}
	}
}
