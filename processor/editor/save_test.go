package editor

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

const (
	before = "export default { labels: {} };\n"
	after  = "export default { labels: { Name: \"Title\" } };\n"
)

// site is a page on loopback over a folder with a.js and a link to outside.
type site struct {
	*httptest.Server
	t   *testing.T
	dir string
}

func serve(t *testing.T, edit bool) site {
	t.Helper()
	parent := t.TempDir()
	dir := filepath.Join(parent, "scripts")
	for name, text := range map[string]string{"scripts/a.js": before, "scripts/lib/b.js": before, "outside.js": before} {
		name = filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside.js", filepath.Join(dir, "link.js")); err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	desk := &Desk{Dir: dir, Renderer: sample.NewRenderer(e), Now: sample.Now, Location: time.UTC}
	server := httptest.NewServer(New(Config{Desk: desk, Edit: edit}))
	t.Cleanup(server.Close)
	return site{server, t, dir}
}

// edited is what the page knows of a script.
func (s site) edited(script string) *viewEdit {
	s.t.Helper()
	r, err := http.Get(s.URL + "/view?script=" + script)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	var v view
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		s.t.Fatal(err)
	}
	return v.Edit
}

// save sends a request, and returns its status and its answer.
func (s site) save(what saved, header ...string) (int, string) {
	s.t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", s.URL+"/save", strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// holds reports what a file below the folder's parent holds.
func (s site) holds(name, want string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil || string(text) != want {
		s.t.Errorf("%s: %v: %q, want %q", name, err, text, want)
	}
}

func TestASaveWritesTheScript(t *testing.T) {
	s := serve(t, true)
	e := s.edited("a.js")
	if e == nil || e.Text != before {
		t.Fatalf("the page knows %+v", e)
	}
	status, answer := s.save(saved{"a.js", after, e.Version, e.Token}, "Sec-Fetch-Site", "same-origin")
	if status != http.StatusOK || !strings.Contains(answer, version(after)) {
		t.Errorf("status %d: %s", status, answer)
	}
	s.holds("a.js", after)
	info, err := os.Stat(filepath.Join(s.dir, "a.js"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v: mode %v", err, info.Mode())
	}
	if left, err := filepath.Glob(filepath.Join(s.dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("%v: left behind: %v", err, left)
	}
	// Somebody else has changed it since.
	if status, answer := s.save(saved{"a.js", before, e.Version, e.Token}); status != http.StatusConflict {
		t.Errorf("status %d: %s", status, answer)
	}
	s.holds("a.js", after)
}

// A script that somebody deletes while it is edited is written again when that is
// confirmed, and only under the name that it had.
func TestAScriptThatIsGoneIsWrittenOnceMore(t *testing.T) {
	s := serve(t, true)
	e := s.edited("a.js")
	if err := os.Remove(filepath.Join(s.dir, "a.js")); err != nil {
		t.Fatal(err)
	}
	if now := s.edited("a.js"); now.Problem != fileGone || now.Version != "" {
		t.Errorf("the page knows %+v", now)
	}
	if status, answer := s.save(saved{"a.js", after, e.Version, e.Token}); status != http.StatusConflict || !strings.Contains(answer, "a.js is gone: save once more") {
		t.Errorf("status %d: %s", status, answer)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "a.js")); err == nil {
		t.Error("it is written before that is confirmed")
	}
	if status, answer := s.save(saved{"a.js", after, "", e.Token}); status != http.StatusOK {
		t.Errorf("status %d: %s", status, answer)
	}
	s.holds("a.js", after)
}

// Of two who have edited the same text, in two windows, one is told.
func TestOneOfManySavesAtATimeIsTaken(t *testing.T) {
	s := serve(t, true)
	e := s.edited("a.js")
	var group sync.WaitGroup
	var taken atomic.Int32
	for i := range 16 {
		group.Go(func() {
			text := after + strings.Repeat(fmt.Sprintf("// %d\n", i), 10_000)
			switch status, answer := s.save(saved{"a.js", text, e.Version, e.Token}); status {
			case http.StatusOK:
				taken.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("status %d: %s", status, answer)
			}
		})
	}
	if group.Wait(); taken.Load() != 1 {
		t.Errorf("%d were taken", taken.Load())
	}
}

func TestNothingElseIsWritten(t *testing.T) {
	s := serve(t, true)
	e := s.edited("a.js")
	good := saved{"a.js", after, e.Version, e.Token}
	with := func(change func(*saved)) saved {
		one := good
		change(&one)
		return one
	}
	named := func(name string) saved { return with(func(s *saved) { s.Script = name }) }
	for _, name := range []string{"../outside.js", filepath.Join(s.dir, "a.js"), "lib/b.js", "link.js", "new.js", "samples/a/x.json", ""} {
		if e := s.edited(name); name != "" && (e.Text != "" || e.Problem == "") { // to have asked for it opens no way
			t.Errorf("%s: the page knows %+v", name, e)
		}
	}
	for name, c := range map[string]struct {
		what   saved
		header []string
	}{
		"another origin":                   {good, []string{"Origin", "https://evil.example"}},
		"an origin that is hidden":         {good, []string{"Origin", "null"}},
		"another site of the same machine": {good, []string{"Sec-Fetch-Site", "same-site"}},
		"another site":                     {good, []string{"Sec-Fetch-Site", "cross-site"}},
		"another name":                     {good, []string{"Host", "rebound.example"}},
		"a form":                           {good, []string{"Content-Type", "text/plain"}},
		"no token":                         {with(func(s *saved) { s.Token = "" }), nil},
		"another token":                    {with(func(s *saved) { s.Token += "x" }), nil},
		"too long":                         {with(func(s *saved) { s.Text = strings.Repeat("x", wire.DefaultSource+1) }), nil},
		"much too long":                    {with(func(s *saved) { s.Text = strings.Repeat("x", 9*wire.DefaultSource) }), nil},
		"above the folder":                 {named("../outside.js"), nil},
		"an absolute path":                 {named(filepath.Join(s.dir, "a.js")), nil},
		"a folder below":                   {named("lib/b.js"), nil},
		"a link":                           {named("link.js"), nil},
		"a new file":                       {named("new.js"), nil},
		"a new file as one that is gone":   {with(func(s *saved) { s.Script, s.Version = "new.js", "" }), nil},
		"a link as one that is gone":       {with(func(s *saved) { s.Script, s.Version = "link.js", "" }), nil},
		"a file that is there as one that is gone": {with(func(s *saved) { s.Version = "" }), nil},
		"a file of no script":                      {named("samples/a/x.json"), nil},
		"no name":                                  {named(""), nil},
	} {
		if status, answer := s.save(c.what, c.header...); status < 400 {
			t.Errorf("%s: status %d: %s", name, status, answer)
		}
	}
	for _, name := range []string{"a.js", "lib/b.js", "../outside.js", "link.js"} {
		s.holds(name, before)
	}
	if names, err := os.ReadDir(s.dir); err != nil || len(names) != 3 {
		t.Errorf("%v: the folder has %v", err, names)
	}
	if r, err := http.Get(s.URL + "/save"); err != nil || r.StatusCode < 400 {
		t.Errorf("%v: GET saves", err)
	}
}

// A server that listens on all addresses is asked from elsewhere.
func TestScriptsAreWrittenFromThisMachineOnly(t *testing.T) {
	s := serve(t, true)
	e := s.edited("a.js")
	body, err := json.Marshal(saved{"a.js", after, e.Version, e.Token})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest("POST", "http://127.0.0.1/save", strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	req.RemoteAddr = "192.0.2.7:4711"
	answer := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(answer, req)
	if answer.Code != http.StatusForbidden {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	s.holds("a.js", before)
}

func TestWithoutEditThePageOnlyShows(t *testing.T) {
	s := serve(t, false)
	if e := s.edited("a.js"); e != nil {
		t.Errorf("the page knows %+v", e)
	}
	if status, _ := s.save(saved{"a.js", after, version(before), ""}); status < 400 {
		t.Errorf("status %d", status)
	}
	s.holds("a.js", before)
}
