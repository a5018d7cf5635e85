package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/browsertest"
)

// servePage starts --serve on a free port and gives the page's address.
func servePage(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	from, to := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		none := func(string) (string, bool) { return "", false }
		ended <- run(ctx, append([]string{"--serve", "127.0.0.1:0"}, args...), none, strings.NewReader(""), to, to)
		to.Close()
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit %d", code)
		}
	})
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if address, _, ok := strings.Cut(lines.Text(), " shows "); ok {
			go func() { _, _ = io.Copy(io.Discard, from) }()
			return address
		}
	}
	t.Fatal("no address was printed")
	return ""
}

// folder makes a scripts folder of its own: names and contents in turn.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	for i := 0; i < len(files); i += 2 {
		save(t, filepath.Join(dir, files[i]), files[i+1])
	}
	return dir
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, address string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(text)
}

func TestThePageUsesNothingFromElsewhere(t *testing.T) {
	address := servePage(t, "../../scripts")
	for _, file := range []string{"", "page.css", "page.js", "message.css", "icon.svg", "view"} {
		r, text := get(t, address+file)
		if r.StatusCode != 200 || text == "" {
			t.Errorf("/%s: status %d", file, r.StatusCode)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self'; ") {
			t.Errorf("/%s: policy %q", file, csp)
		}
		if file == "view" {
			continue // addresses in messages are not resources
		}
		text = strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http:", "https:", `="//`, "url(//", ` style="`, " onclick=", "<script>"} {
			if strings.Contains(text, bad) {
				t.Errorf("/%s contains %q", file, bad)
			}
		}
	}
}

func TestForeignNamesAreRefused(t *testing.T) {
	address := servePage(t, "../../scripts")
	for host, want := range map[string]int{
		"rebound.example":      http.StatusMisdirectedRequest,
		"rebound.example:8484": http.StatusMisdirectedRequest,
		"localhost.example":    http.StatusMisdirectedRequest,
		"localhost:8484":       http.StatusOK,
		"127.0.0.1":            http.StatusOK,
		"[::1]:80":             http.StatusOK,
	} {
		for _, path := range []string{"", "view"} {
			if r, _ := get(t, address+path, "Host", host); r.StatusCode != want {
				t.Errorf("/%s as %s: status %d, want %d", path, host, r.StatusCode, want)
			}
		}
	}
	r, err := http.Post(address+"view", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", r.StatusCode)
	}
}

const goodScript = `export default {
  format(message) {
    console.log("seen", message.fields.length);
    return { blocks: [slack.header("Card one"), slack.section(message.text)] };
  },
};
`

// brokenScript does not compile: line 3 ends early.
const brokenScript = "export default {\n  format(message) {\n    return { blocks: [ };\n  },\n};\n"

// throwingScript compiles, and fails with a message.
const throwingScript = "export default {\n  format(message) {\n    return message.nothing.text;\n  },\n};\n"

func TestThePageInABrowser(t *testing.T) {
	dir := folder(t, "card.js", goodScript, "samples/card/a.json", `{"Name": {"type": "string", "data": "first"}}`,
		"samples/card/b.json", `{"Name": {"type": "string", "data": "<img src=x onerror=alert(1)> <script>alert(2)</script>"}}`,
		"other.ts", `export default { labels: { Name: "Title" as string } };`)
	card := filepath.Join(dir, "card.js")
	address := servePage(t, dir)
	b := browsertest.Open(t)
	b.Size(1600, 900, "light")
	b.Open(address)
	says := func(text string) string {
		return `[...document.querySelectorAll(".pane")].every((p) => p.innerText.includes(` + "`" + text + "`" + `))`
	}
	b.Until(says("first"))
	b.Until(`document.querySelector("#remarks").innerText.includes("seen 1")`)
	b.Until(`document.querySelector("#json").textContent.includes('"type": "header"')`)
	b.Until(`document.querySelector("#count").innerText.includes("2 blocks") && document.querySelector("#budget").value > 0`)

	t.Run("a save is seen within 300 ms", func(t *testing.T) {
		best := time.Hour
		for _, title := range []string{"Card two", "Card three", "Card four"} {
			start := time.Now()
			save(t, card, strings.Replace(goodScript, "Card one", title, 1))
			b.Until(says(title))
			best = min(best, time.Since(start))
		}
		t.Logf("the fastest of three took %v", best)
		// The fastest one: other tests may hold the processors.
		if best > 300*time.Millisecond {
			t.Errorf("a save was seen after %v", best)
		}
		start := time.Now()
		save(t, filepath.Join(dir, "samples/card/a.json"), `{"Name": {"type": "string", "data": "changed"}}`)
		b.Until(says("changed"))
		t.Logf("a sample took %v", time.Since(start))
	})
	t.Run("a broken script keeps the last good message", func(t *testing.T) {
		for _, c := range []struct{ source, want string }{{brokenScript, "card.js:3:"}, {throwingScript, "TypeError"}} {
			save(t, card, c.source)
			b.Until(`document.querySelector("#error").innerText.includes("` + c.want + `")`)
			b.Until(`document.querySelector("#detail").innerText.includes("^")`)
			b.Until(`document.querySelector("#stage").classList.contains("stale")`)
			b.Until(says("changed"))
			b.Screenshot("broken")
		}
		save(t, card, goodScript)
		b.Until(`document.querySelector("#problem").hidden && !document.querySelector("#stage").classList.contains("stale")`)
		b.Until(says("Card one"))
	})
	t.Run("keys go through the samples", func(t *testing.T) {
		current := func(want string) string {
			return `document.querySelector("#scripts [aria-current]").dataset.key === "` + want + `"`
		}
		b.Until(current("card.js/a.json"))
		b.Key("j")
		b.Until(current("card.js/b.json"))
		b.Until(says("<img src=x onerror=alert(1)>"))
		b.Until(`document.querySelectorAll(".pane img, .pane script").length === 0`)
		b.Key("k")
		b.Until(current("card.js/a.json"))
		b.Eval(`document.querySelector("#scripts [aria-current]").focus()`)
		b.Key("ArrowDown")
		b.Until(current("card.js/b.json"))
		b.Until(`document.activeElement.dataset.key === "card.js/b.json"`)
		b.Key("t")
		b.Until(`document.documentElement.dataset.mode === "dark"`)
		b.Until(`location.hash === "#card.js/b.json"`)
	})
	t.Run("what is not as stored is shown", func(t *testing.T) {
		want := filepath.Join(dir, "samples/card/b.want.json")
		save(t, want, `{"blocks": [{"type": "header", "text": {"text": "Old card"}}, {}]}`)
		b.Until(`document.querySelector("#diff .minus").innerText.includes("Old card") && document.querySelector("#diff .plus").innerText.includes("Card one")`)
		b.Screenshot("differs")
		if err := os.Remove(want); err != nil {
			t.Fatal(err)
		}
		b.Until(`document.querySelector("#expected").hidden`)
	})
	t.Run("a new script appears", func(t *testing.T) {
		save(t, filepath.Join(dir, "new.js"), goodScript)
		b.Until(`document.querySelector("#scripts").innerText.includes("new.js")`)
	})
	t.Run("a message that is skipped, and scripts that go", func(t *testing.T) {
		save(t, card, `export default { format: () => ({ skip: "too small" }) };`)
		b.Until(says("too small"))
		for _, name := range []string{"card.js", "other.ts", "new.js"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		b.Until(`document.querySelector("#error").innerText.includes("the file is gone") && document.querySelector("#stage").classList.contains("stale")`)
	})
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}

// Every script of the gallery fits into windows of 400 to 1600 pixels.
func TestTheGalleryInABrowser(t *testing.T) {
	address := servePage(t, "../../scripts")
	b := browsertest.Open(t)
	samples, err := filepath.Glob("../../scripts/samples/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{}
	for _, pattern := range []string{"*.js", "*.mjs", "*.ts"} {
		files, _ := filepath.Glob("../../scripts/" + pattern)
		for _, file := range files {
			base := filepath.Base(file)
			scripts[strings.TrimSuffix(base, filepath.Ext(base))] = base
		}
	}
	widths := []struct {
		width, height int
		scheme        string
	}{{1600, 1000, "light"}, {400, 800, "dark"}}
	seen := 0
	for _, w := range widths {
		b.Size(w.width, w.height, w.scheme)
		b.Open(address)
		for _, file := range samples {
			if strings.HasSuffix(file, ".want.json") {
				continue
			}
			seen++
			name := filepath.Base(file)
			script := scripts[filepath.Base(filepath.Dir(file))]
			b.Eval(`location.hash = "` + script + `/` + name + `"`)
			b.Until(`document.querySelector("#title").textContent === "` + script + ` · ` + name + `"`)
			if got := b.Eval(`document.querySelector("#error").textContent`); got != `""` {
				t.Errorf("%s %s: %s", script, name, got)
			}
			if got := b.Eval(`document.querySelector("#diff").textContent.trim()`); got != `""` {
				t.Errorf("%s %s is not as stored: %s", script, name, got)
			}
			if got := b.Eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); got != "0" {
				t.Errorf("%s %s: at %d pixels the page is %s pixels too wide", script, name, w.width, got)
			}
			b.Screenshot(strconv.Itoa(w.width) + "-" + strings.TrimSuffix(script, filepath.Ext(script)) + "-" + strings.TrimSuffix(name, ".json"))
		}
	}
	if seen < 2*len(scripts) {
		t.Errorf("%d scripts and only %d renderings", len(scripts), seen)
	}
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}

// A message that is shown anew stands beside what it showed before, or below it in a
// narrow window, and what its thread is told below both.
func TestThePageShowsBeforeAndAfter(t *testing.T) {
	address := servePage(t, "../../scripts")
	b := browsertest.Open(t)
	const place = `(() => {
  const at = (part) => document.querySelector(".pane .post." + part).getBoundingClientRect();
  const [before, after, reply] = [at("before"), at("after"), at("reply")];
  if (reply.top < Math.max(before.bottom, after.bottom)) return "the reply is not below";
  return after.left >= before.right ? "beside" : after.top >= before.bottom ? "below" : "neither";
})()`
	for width, want := range map[int]string{1600: `"beside"`, 400: `"below"`} {
		b.Size(width, 900, "light")
		b.Open(address + "#incident-card.js/rise.json")
		b.Until(`document.querySelector(".pane .reply")?.textContent.includes("told in the thread, also in the channel")`)
		if got := b.Eval(place); got != want {
			t.Errorf("at %d pixels it is %s, want %s", width, got, want)
		}
		says := `document.querySelector(".pane .before").textContent.includes("Low") && document.querySelector(".pane .after").textContent.includes("High")`
		if got := b.Eval(says); got != "true" {
			t.Errorf("at %d pixels: %s", width, b.Eval(`document.querySelector(".pane").innerText`))
		}
		b.Screenshot("anew-" + strconv.Itoa(width))
		b.Eval(`location.hash = "incident-card.js/high.json"`)
		b.Until(`document.querySelector(".pane .post") && !document.querySelector(".pane .both") && !document.querySelector("#stage").classList.contains("anew")`)
	}
}

// The list marks the samples that are not shown: each change has them judged anew.
func TestThePageJudgesEachSample(t *testing.T) {
	incident := `{"Severity": {"type": "string", "data": "High"}}`
	dir := folder(t,
		"a.js", `export default { match: () => true, format: (m) => { if (m.field("Severity").text === "Low") throw new Error("low"); return "now"; } };`,
		"b.js", `export default { match: () => true, format: () => "b" };`,
		"samples/a/as-expected.json", incident, "samples/a/as-expected.want.json", `{"text": "now"}`,
		"samples/a/other.json", incident, "samples/a/other.want.json", `{"text": "before"}`,
		"samples/b/any.json", incident)
	address := servePage(t, dir)
	judged := func() string {
		t.Helper()
		answer, err := http.Get(address + "judged")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	got := judged()
	for want, is := range map[string]bool{`"a.js/other.json":"differs"`: true, `as-expected`: false, `b.js: sample any.json: its match returns true, but a.js comes first`: true} {
		if strings.Contains(got, want) != is {
			t.Errorf("%q is there: %v, want %v, in %s", want, !is, is, got)
		}
	}
	save(t, filepath.Join(dir, "samples/a/low.json"), strings.Replace(incident, "High", "Low", 1))
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(judged(), `"a.js/low.json":"failed"`); <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never judged: %s", judged())
		}
	}
}
