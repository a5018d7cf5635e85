package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/browsertest"
)

// The editor completes, saves, and marks what is wrong where it lies.
func TestTheEditorInABrowser(t *testing.T) {
	dir := folder(t, "card.js", goodScript, "samples/card/a.json", `{"Name": {"type": "string", "data": "first"}}`)
	address := servePage(t, "--edit", dir)
	b := browsertest.Open(t)
	b.Size(1280, 900, "light")
	b.Open(address)
	const content = `document.querySelector("#editor").shadowRoot?.querySelector(".cm-content")`
	b.Until(content + `?.innerText.includes("Card one")`)
	b.Eval(content + `.focus()`)
	b.Eval(`document.execCommand("insertText", false, "slack.")`)
	b.Until(`[...document.querySelector("#editor").shadowRoot.querySelectorAll(".cm-tooltip-autocomplete li")].some((li) => li.innerText.includes("bold(text: Textual)"))`)
	b.Until(`document.querySelector("#saved").textContent === "not saved"`)
	b.Screenshot("editor-completion")

	b.Eval(`document.querySelector("#save").click()`)
	b.Until(`document.querySelector("#error").textContent.includes("card.js:1:")`)
	b.Until(`document.querySelector("#editor").shadowRoot.querySelector(".cm-lint-marker-error") !== null`)
	b.Screenshot("editor-mark")
	if text, err := os.ReadFile(filepath.Join(dir, "card.js")); err != nil || string(text) != "slack."+goodScript {
		t.Errorf("%v: the file has %q", err, text)
	}

	// Who edits in another program sees it here.
	save(t, filepath.Join(dir, "card.js"), strings.Replace(goodScript, "Card one", "Card two", 1))
	b.Until(content + `.innerText.includes("Card two")`)
	b.Until(`document.querySelector("#problem").hidden && document.querySelector("#saved").textContent === "saved"`)
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}

// A file of Windows is saved when it is opened, and keeps its line ends.
func TestTheEditorKeepsLineEnds(t *testing.T) {
	windows := strings.ReplaceAll(goodScript, "\n", "\r\n")
	dir := folder(t, "card.js", windows, "samples/card/a.json", `{"Name": {"type": "string", "data": "first"}}`)
	address := servePage(t, "--edit", dir)
	b := browsertest.Open(t)
	b.Open(address)
	const content = `document.querySelector("#editor").shadowRoot?.querySelector(".cm-content")`
	b.Until(content + `?.innerText.includes("Card one") && document.querySelector("#saved").textContent === "saved"`)
	save(t, filepath.Join(dir, "card.js"), strings.Replace(windows, "Card one", "Card two", 1))
	b.Until(content + `.innerText.includes("Card two")`)
	b.Eval(content + `.focus()`)
	b.Eval(`document.execCommand("insertText", false, "// ")`)
	b.Until(`document.querySelector("#saved").textContent === "not saved"`)
	b.Eval(`document.querySelector("#save").click()`)
	b.Until(`document.querySelector("#saved").textContent.startsWith("saved")`)
	text, err := os.ReadFile(filepath.Join(dir, "card.js"))
	if err != nil || strings.Count(string(text), "\r\n") != strings.Count(windows, "\n") || strings.Count(string(text), "\n") != strings.Count(windows, "\n") {
		t.Errorf("%v: the file has %q", err, text)
	}
}
