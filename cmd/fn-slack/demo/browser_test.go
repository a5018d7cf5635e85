package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/browsertest"
	"github.com/fn-slack/fn-slack/processor/mistaketest"
)

// Each mistake that people make is on the page after it is saved, where it is and
// what to do: a refused script in red, another in amber.
func TestThePageTellsOfMistakes(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_LONG") == "" {
		t.Skip("FN_SLACK_TEST_LONG is not set: this measures times")
	}
	p := open(t)
	mistaketest.Save(t, filepath.Join("scripts", "lib", "words.js"), mistaketest.Words)
	script := filepath.Join("scripts", "a.js")
	const good = "export default { match: () => false };"
	mistaketest.Save(t, script, good)
	b := browsertest.Open(t)
	b.Size(1500, 900, "light")
	b.Open(p.address)
	const card = `[...document.querySelectorAll("#script-list > li")].find((li) => li.dataset.key === "a.js")`
	b.Until(card + `?.className === "good"`)
	for _, m := range mistaketest.Table() {
		t.Run(m.Name, func(t *testing.T) {
			want, most := "refused", 300*time.Millisecond
			switch {
			case !m.Refused:
				want, most = "other", 500*time.Millisecond
			case m.Hint == "does not end":
				most = 500 * time.Millisecond // it runs for half of that before it is stopped
			}
			says := card + `?.className === "` + want + `"`
			for _, part := range []string{"a.js:" + m.Place, m.Hint} {
				text, err := json.Marshal(part)
				if err != nil {
					t.Fatal(err)
				}
				says += ` && ` + card + `.textContent.includes(` + string(text) + `)`
			}
			if m.Place != "" {
				says += ` && ` + card + `.querySelector("pre").textContent.includes("^")` // the line, and where in it
			}
			for end := time.Now().Add(30 * time.Second); time.Now().Before(end); { // others may hold the processors
				mistaketest.Save(t, script, good)
				b.Until(card + `?.className === "good"`)
				begun := time.Now()
				mistaketest.Save(t, script, m.Source)
				if b.Within(time.Second, says) && time.Since(begun) <= most {
					t.Logf("shown after %v", time.Since(begun))
					return
				}
			}
			t.Errorf("not shown within %v: %s\nthe page: %s", most, says, b.Eval(card+"?.innerText"))
		})
	}
	b.Screenshot("mistake")
	begun := time.Now()
	if err := os.Remove(script); err != nil {
		t.Fatal(err)
	}
	b.Until(card + ` === undefined`)
	if took := time.Since(begun); took > 500*time.Millisecond {
		t.Errorf("a removed script is gone after %v", took)
	}
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}

// What was typed into a script whose file somebody deletes stays in sight, and is
// written again when that is confirmed. Messages go out in another layout meanwhile,
// and the page says in which.
func TestThePageWhereDefaultIsDeleted(t *testing.T) {
	p := open(t)
	script := filepath.Join("scripts", "default.js")
	b := browsertest.Open(t)
	b.Size(1500, 900, "light")
	b.Open(p.address + "/edit/#default.js")
	const content = `document.querySelector("#editor").shadowRoot?.querySelector(".cm-content")`
	b.Until(content + `?.innerText.includes("export default")`)
	b.Eval(content + `.focus()`)
	b.Eval(`document.execCommand("insertText", false, "// typed\n\n")`)
	b.Until(`document.querySelector("#saved").textContent === "not saved"`)
	// A browser would join lines that are typed over with inline styles.
	b.Eval(`document.querySelector("#editor").shadowRoot.getSelection().modify("extend", "backward", "line")`)
	b.Key("/")
	b.Until(content + `.innerText.startsWith("// typed\n/")`)
	if err := os.Remove(script); err != nil {
		t.Fatal(err)
	}
	b.Until(`[...document.querySelectorAll("#scripts h2")].some((h) => h.textContent === "default.js ✕ missing")`)
	b.Eval(`location.hash = "task.js"`) // and back
	b.Until(content + `.innerText.includes("export default") && document.querySelector("#file").textContent === "task.js"`)
	b.Eval(`document.querySelector('[data-key="default.js/"]').click()`)
	b.Until(content + `.innerText.includes("// typed") && document.querySelector("#saved").textContent === "default.js: the file is gone"`)
	b.Screenshot("gone")
	b.Eval(`document.querySelector("#save").click()`)
	b.Until(`document.querySelector("#saved").textContent.includes("default.js is gone: save once more to write it again")`)
	if _, err := os.Stat(script); err == nil {
		t.Error("the file is written before that is confirmed")
	}
	b.Eval(`document.querySelector("#save").click()`)
	b.Until(`document.querySelector("#saved").textContent === "saved"`)
	if text, err := os.ReadFile(script); err != nil || !strings.HasPrefix(string(text), "// typed\n/") {
		t.Errorf("%v: the file holds %.30q", err, text)
	}

	if err := os.Remove(script); err != nil {
		t.Fatal(err)
	}
	b.Open(p.address)
	const missing = `[...document.querySelectorAll("#script-list > li.other")].find((li) => li.dataset.key === "default.js")`
	b.Until(missing + `?.textContent.includes("go out in the built-in classic layout")`)
	sent := `document.querySelectorAll("#actions > li").length`
	b.Until(fmt.Sprintf("%s === %d", sent, atFirst))
	b.Eval(`document.querySelector("#send button").click()`)
	b.Until(fmt.Sprintf("%s === %d", sent, atFirst+1) + ` && document.querySelector("#actions > li").className === "other" && document.querySelector("#actions .state").textContent === "in the classic layout"`)
	b.Screenshot("missing")

	b.Open(p.address + "/edit/#default.js") // nothing is typed there
	b.Until(`document.querySelector("#saved").textContent === "default.js: the file is gone" && document.querySelector("#save").hidden`)
	for _, odd := range b.Complaints() {
		if !strings.Contains(odd, "409 (Conflict)") { // the first save
			t.Errorf("the page complained: %s", odd)
		}
	}
}

// Of two scripts that take the same calls the page says which one gets them.
func TestThePageTellsWhichScriptComesFirst(t *testing.T) {
	p := open(t)
	takes := `export default { match: () => true, format: () => "x" };`
	mistaketest.Save(t, filepath.Join("scripts", "aa.js"), takes)
	mistaketest.Save(t, filepath.Join("scripts", "zz.js"), takes)
	b := browsertest.Open(t)
	b.Open(p.address)
	const card = `[...document.querySelectorAll("#script-list > li")].find((li) => li.dataset.key === "zz.js")`
	b.Until(card + `?.textContent.includes("its match returns true, but aa.js comes first")`)
	mistaketest.Save(t, filepath.Join("scripts", "zz.js"), strings.Replace(takes, "() => true", "() => false", 1))
	b.Until(card + `?.className === "good"`)
}

// The room of the incident is on the page from its first message to its archive.
func TestThePageShowsARoom(t *testing.T) {
	p := open(t)
	b := browsertest.Open(t)
	b.Size(1500, 900, "light")
	b.Open(p.address)
	const room = `[...document.querySelectorAll("#channels button")].find((b) => b.querySelector(".name").textContent === "inc-2223")`
	b.Until(room + `?.textContent.includes("archived")`)
	b.Eval(room + `.click()`)
	b.Until(`document.querySelector("#title").textContent.startsWith("# inc-2223") && document.querySelector("#members").textContent === "Members: fn-slack, Ada Analyst, Leo Lead"`)
	b.Until(`document.querySelector("#messages .file")?.textContent === "netflow.csv3.0 kB"`)
	b.Until(`[...document.querySelectorAll("#messages .by")].some((by) => by.textContent.startsWith("Ada Analyst") && !by.querySelector(".app"))`)
	b.Screenshot("room")
	b.Until(`document.querySelector("#files a").textContent === "Slack_channel_inc-2223_history.txt"`)
	b.Eval(`fetch(document.querySelector("#files a").href).then((r) => r.text()).then((text) => { document.title = text; })`)
	b.Until(`["ada POSTED ON", "The sources are blocked at the perimeter.", "netflow.csv", "Customers are back."].every((part) => document.title.includes(part))`)
	b.Size(400, 900, "dark")
	b.Screenshot("room-narrow")
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}

// What is changed of an incident is in its card a moment later, its thread tells it,
// and the channel only where the severity rises. What an attacker writes stays text.
func TestTheCardFollowsItsIncident(t *testing.T) {
	p := open(t)
	b := browsertest.Open(t)
	b.Size(1500, 900, "light")
	b.Open(p.address)
	const (
		card    = `[...document.querySelectorAll("#messages > .post")].find((post) => post.querySelector(".message").textContent.includes("Open incident 2223"))`
		replies = card + `.querySelectorAll(".replies .post").length`
		last    = card + `.querySelector(".replies .post:last-child .message").innerText`
		posts   = `document.querySelectorAll("#messages > .post").length`
	)
	b.Until(card + `?.textContent.includes("edited") && ` + replies + ` === 1 && ` + posts + ` === 4`)
	change := func(values string) {
		t.Helper()
		b.Until(`!document.querySelector("#changes").hidden && document.querySelector("#incident").value === "2223"`)
		b.Eval(`for (const [id, value] of Object.entries(` + values + `)) document.getElementById(id).value = value`)
		b.Eval(`document.querySelector("#change button").click()`)
	}
	change(`{ severity: "Low", owner: "Leo Lead", state: "Closed" }`)
	b.Until(replies + ` === 2 && ` + card + `.textContent.includes("Leo Lead") && ` + card + `.textContent.includes("Closed")`)
	b.Until(last + ` === "Owner: Ada Analyst → Leo Lead\nStatus: Active → Closed\nSeverity: 🔴 High → 🟢 Low"`)
	change(`{ description: "<b>new</b><script>document.title = 'owned'</script><img src=x onerror=alert(1)> & <!channel>" }`)
	b.Until(replies + ` === 3 && ` + last + `.startsWith("Description: ")`)
	b.Until(posts + ` === 4 && document.querySelector("#severity").value === "Low"`)
	change(`{ severity: "High" }`)
	b.Until(posts + ` === 5 && ` + replies + ` === 4`)
	b.Screenshot("card")
	change(`{}`)
	b.Until(`document.querySelector("#changes .problem").textContent === "nothing has changed that a message shows"`)
	b.Size(400, 1600, "dark")
	b.Screenshot("card-narrow")
	b.Eval(`document.querySelector("#changes").scrollIntoView()`)
	b.Screenshot("change-narrow")
	for _, odd := range b.Complaints() {
		if !strings.Contains(odd, "502 (Bad Gateway)") { // nothing has changed
			t.Errorf("the page complained: %s", odd)
		}
	}
}
