package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Page is a page in headless Chromium, driven over the pipes of its
// debugging protocol: https://chromedevtools.github.io/devtools-protocol/
type Page struct {
	t       *testing.T
	to      *os.File
	session string
	next    int

	mu      sync.Mutex
	answers map[int]chan json.RawMessage
	odd     []string // what the page complained of: exceptions, refused resources
}

// Open starts Chromium with an empty page, or skips the test where there is none.
func Open(t *testing.T) *Page {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("there is no Chromium on this machine: the page is not tested in a browser")
	}
	// No page may keep a test waiting for ever.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe")
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &Page{t: t, to: ourOut, answers: map[int]chan json.RawMessage{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.listen(ourIn)
	}()
	t.Cleanup(func() {
		_, _ = fmt.Fprint(ourOut, `{"id":1000000,"method":"Browser.close"}`+"\x00") // or cancel ends it
		ourOut.Close()
		waited := make(chan error, 1)
		go func() { waited <- cmd.Wait() }()
		select {
		case <-waited:
		case <-time.After(5 * time.Second):
		}
		cancel()
		ourIn.Close()
		<-done
	})
	var target struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func (b *Page) listen(from *os.File) {
	in := bufio.NewReaderSize(from, 1<<20)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			b.mu.Lock()
			for _, c := range b.answers {
				close(c)
			}
			b.answers = nil
			b.mu.Unlock()
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
		}
		text = bytes.TrimSuffix(text, []byte{0})
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		b.mu.Lock()
		switch c := b.answers[m.ID]; {
		case c != nil:
			delete(b.answers, m.ID)
			c <- text
		case m.Method == "Runtime.exceptionThrown" || m.Method == "Log.entryAdded" || m.Method == "Runtime.consoleAPICalled":
			b.odd = append(b.odd, string(m.Params))
		}
		b.mu.Unlock()
	}
}

// call gives a command and waits for the answer.
func (b *Page) call(method string, params any, result any) {
	b.t.Helper()
	b.next++
	m := map[string]any{"id": b.next, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	js, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	c := make(chan json.RawMessage, 1)
	b.mu.Lock()
	gone := b.answers == nil
	if !gone {
		b.answers[b.next] = c
	}
	b.mu.Unlock()
	if _, err := b.to.Write(append(js, 0)); gone || err != nil {
		b.t.Fatalf("%s: the browser has ended: %v", method, err)
	}
	text, ok := <-c
	if !ok {
		b.t.Fatalf("%s: the browser has ended", method)
	}
	var answer struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Error != nil {
		b.t.Fatalf("%s: %v %s", method, err, text)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// Size makes the window so large, for eyes that like light or dark.
func (b *Page) Size(width, height int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]string{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// Open goes to an address, also where only its fragment is another one.
func (b *Page) Open(url string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "about:blank"}, nil) // another #fragment alone would not load
	b.call("Page.navigate", map[string]any{"url": url}, nil)
}

// Eval is the value of a JavaScript expression as JSON; promises are awaited.
func (b *Page) Eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails.Text)
	}
	return string(r.Result.Value)
}

// Until waits until an expression is true.
func (b *Page) Until(expression string) {
	b.t.Helper()
	if !b.Within(10*time.Second, expression) {
		b.t.Fatalf("never true: %s\nthe page: %s", expression, b.Eval("document.body.innerText"))
	}
}

// Within waits so long until an expression is true, and reports whether it was.
func (b *Page) Within(most time.Duration, expression string) bool {
	b.t.Helper()
	// The page looks by itself, so that the time it takes can be told.
	return b.Eval(fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + %d;
		const look = () => {
			let ok = false;
			try { ok = (%s) === true; } catch {}
			if (ok || Date.now() > end) done(ok); else setTimeout(look, 4);
		};
		look();
	})`, most.Milliseconds(), expression)) == "true"
}

// Key presses a key.
func (b *Page) Key(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		p := map[string]any{"type": kind, "key": key}
		if len(key) == 1 && kind == "keyDown" {
			p["text"] = key
		}
		b.call("Input.dispatchKeyEvent", p, nil)
	}
}

// Screenshot keeps a picture in the folder that FN_SLACK_TEST_SHOTS names, for eyes.
func (b *Page) Screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("FN_SLACK_TEST_SHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", png, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// Complaints are what the page has complained of so far: exceptions, messages of
// the console, resources and styles that its policy refuses.
func (b *Page) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.odd
}
