package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// run starts an engine that watches its folder until the test ends.
func run(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	watch(t, e)
	return e
}

// watch lets the engine run until the test ends.
func watch(t testing.TB, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// eventually waits until ok, and fails the test if that takes too long.
func eventually(t testing.TB, what string, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for time.Since(begin) < 10*time.Second {
		if ok() {
			return time.Since(begin)
		}
		<-tick.C
	}
	t.Fatalf("%s: not within %v", what, time.Since(begin))
	return 0
}

func says(text string) string {
	return fmt.Sprintf("export default { format: () => %q }\n", text)
}

// output is what a script renders now, "" where it does not.
func output(t testing.TB, e *Engine, name string) string {
	t.Helper()
	s := e.Scripts().Script(name)
	if s == nil {
		return ""
	}
	r, err := e.Render(context.Background(), Request{Scripts: []*Script{s}, Input: json.RawMessage("{}")})
	if err != nil {
		return err.Error()
	}
	var text string
	if err := json.Unmarshal(r.Output, &text); err != nil {
		t.Fatal(err)
	}
	return text
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// saves are what editors do to a file. Each was seen with the real editor.
var saves = map[string]func(t testing.TB, file, text string){
	"in place": func(t testing.TB, file, text string) { must(t, os.WriteFile(file, []byte(text), 0o644)) },
	"atomic": func(t testing.TB, file, text string) {
		must(t, os.WriteFile(file+".tmp", []byte(text), 0o644))
		must(t, os.Rename(file+".tmp", file))
	},
	"vim": vimSave,
	"emacs": func(t testing.TB, file, text string) {
		dir, base := filepath.Split(file)
		must(t, os.Symlink("me@host.1:2", dir+".#"+base))
		must(t, os.WriteFile(dir+"#"+base+"#", []byte(text), 0o644))
		must(t, os.Remove(dir+"#"+base+"#"))
		must(t, os.Rename(file, file+"~"))
		must(t, os.WriteFile(file, []byte(text), 0o644))
		must(t, os.Remove(dir+".#"+base))
	},
	"JetBrains": func(t testing.TB, file, text string) {
		must(t, os.WriteFile(file+"___jb_tmp___", []byte(text), 0o644))
		must(t, os.Rename(file, file+"___jb_old___"))
		must(t, os.Rename(file+"___jb_tmp___", file))
		must(t, os.Remove(file+"___jb_old___"))
	},
	"sed -i": func(t testing.TB, file, text string) {
		tmp := filepath.Join(filepath.Dir(file), "sedXy12z")
		must(t, os.WriteFile(tmp, []byte(text), 0o600))
		must(t, os.Chmod(tmp, 0o644))
		must(t, os.Rename(tmp, file))
	},
	"delete and create": func(t testing.TB, file, text string) {
		must(t, os.Remove(file))
		must(t, os.WriteFile(file, []byte(text), 0o644))
	},
}

func vimSave(t testing.TB, file, text string) {
	dir := filepath.Dir(file)
	must(t, os.WriteFile(filepath.Join(dir, "4913"), nil, 0o644))
	must(t, os.Remove(filepath.Join(dir, "4913")))
	must(t, os.Rename(file, file+"~"))
	f, err := os.Create(file)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
	must(t, os.Chmod(file, 0o644))
	must(t, os.Remove(file+"~"))
}

func TestEverySaveGoesLive(t *testing.T) {
	for name, save := range saves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, map[string]string{"a.js": says("one")})
			e := run(t, Config{Dir: dir})
			for _, text := range []string{"two", "three"} {
				save(t, filepath.Join(dir, "a.js"), says(text))
				eventually(t, text+" is live", func() bool { return output(t, e, "a.js") == text })
			}
			if got := e.Scripts().Names(); len(got) != 1 {
				t.Errorf("got the scripts %v, want a.js alone", got)
			}
		})
	}
}

// The promise is half a second. The best of three is asked for, because the
// machine that runs the test may be busy.
func TestASaveOfVimIsLiveInHalfASecond(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("v0"), "lib/x.js": "export const x = 1"})
	e := run(t, Config{Dir: dir, StateDir: t.TempDir(), Check: func(ctx context.Context, e *Engine, s *Script, _ *Snapshot) error { return nil }})
	best := time.Hour
	for i := range 4 {
		text := fmt.Sprintf("v%d", i+1)
		vimSave(t, filepath.Join(dir, "a.js"), says(text))
		took := eventually(t, text, func() bool { return output(t, e, "a.js") == text })
		if i > 0 { // the first may be found by the look at the start of Run
			best = min(best, took)
		}
	}
	t.Logf("live after %v", best)
	if best >= 500*time.Millisecond {
		t.Errorf("live after %v, want less than 500ms", best)
	}
}

func TestAScriptThatIsRemovedIsSoonOutOfUse(t *testing.T) {
	for name, c := range map[string]struct {
		watcher func() (*fsnotify.Watcher, error)
		within  time.Duration
	}{
		"with events":    {fsnotify.NewWatcher, 500 * time.Millisecond},
		"without events": {func() (*fsnotify.Watcher, error) { return nil, syscall.EMFILE }, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var best time.Duration
			for range 3 { // the machine may be busy with other things
				dir := write(t, map[string]string{"a.js": says("a"), "b.js": says("b")})
				e, err := New(Config{Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				e.loader.newWatcher = c.watcher
				watch(t, e)
				eventually(t, "the folder is watched", func() bool { return e.silent.Load() != nil })
				silent := c.within > time.Second || silentFileSystem(dir) != ""
				if why := e.Unwatched(); (why != "") != silent {
					t.Errorf("not watched because of %q", why)
				}
				must(t, os.Remove(filepath.Join(dir, "a.js")))
				best = eventually(t, "removed", func() bool { return e.Scripts().Script("a.js") == nil })
				if best < c.within {
					return
				}
			}
			t.Errorf("out of use after %v, want within %v", best, c.within)
		})
	}
}

func TestAnImportedFileIsWatched(t *testing.T) {
	dir := write(t, map[string]string{
		"a.js":          `import { x } from "./lib/deep/x"; export default { format: () => x }`,
		"lib/deep/x.ts": `export const x: string = "one"`,
	})
	e := run(t, Config{Dir: dir})
	before := e.Scripts().Script("a.js").SHA256
	put(t, dir, map[string]string{"lib/deep/x.ts": `export const x: string = "two"`})
	eventually(t, "two", func() bool { return output(t, e, "a.js") == "two" })
	if e.Scripts().Script("a.js").SHA256 == before {
		t.Error("the version is the same, want another one for another import")
	}
	put(t, dir, map[string]string{"a.js": `import { y } from "./new/y"; export default { format: () => y }`, "new/y.js": `export const y = "three"`})
	eventually(t, "three", func() bool { return output(t, e, "a.js") == "three" })
	put(t, dir, map[string]string{"new/y.js": `export const y = "four"`})
	eventually(t, "four", func() bool { return output(t, e, "a.js") == "four" })
}

func TestAConfigMapIsSwapped(t *testing.T) {
	mount := t.TempDir()
	dir := filepath.Join(mount, "scripts")
	version := func(n, text string) {
		put(t, dir, map[string]string{"..2026_" + n + "/a.js": says(text)})
		must(t, os.Symlink("..2026_"+n, filepath.Join(dir, "..data_tmp")))
		must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	version("1", "one")
	must(t, os.Symlink("..data/a.js", filepath.Join(dir, "a.js")))
	e := run(t, Config{Dir: dir})
	if got := output(t, e, "a.js"); got != "one" {
		t.Fatalf("got %q, want one: %v", got, e.Scripts().Errors())
	}
	version("2", "two")
	must(t, os.RemoveAll(filepath.Join(dir, "..2026_1")))
	eventually(t, "two", func() bool { return output(t, e, "a.js") == "two" })
}

// Some mounts have the data link lead to a place beside the folder.
func TestADataLinkMayLeadToTheRealMount(t *testing.T) {
	dir := write(t, nil)
	mount := filepath.Join(filepath.Dir(dir), "mount")
	put(t, mount, map[string]string{"a.js": says("mounted")})
	must(t, os.Symlink(mount, filepath.Join(dir, "..data")))
	must(t, os.Symlink("..data/a.js", filepath.Join(dir, "a.js")))
	if got := output(t, start(t, Config{Dir: dir}), "a.js"); got != "mounted" {
		t.Errorf("got %q, want mounted", got)
	}
}

func TestTheFolderMayBeALinkThatIsSwapped(t *testing.T) {
	base := t.TempDir()
	put(t, base, map[string]string{"v1/a.js": says("one"), "v2/a.js": says("two")})
	dir := filepath.Join(base, "scripts")
	must(t, os.Symlink("v1", dir))
	e := run(t, Config{Dir: dir})
	must(t, os.Symlink("v2", dir+".new"))
	must(t, os.Rename(dir+".new", dir))
	eventually(t, "two", func() bool { return output(t, e, "a.js") == "two" })
	put(t, base, map[string]string{"v2/a.js": says("three")})
	eventually(t, "three", func() bool { return output(t, e, "a.js") == "three" })
	if f := e.Scripts().Script("a").File; f != "scripts/a.js" {
		t.Errorf("the file is called %s, want scripts/a.js", f)
	}
}

func TestNothingOutsideIsRead(t *testing.T) {
	dir, other := write(t, nil), t.TempDir()
	put(t, other, map[string]string{"secret.js": says("secret"), "secret.json": `{"x":"secret"}`, "lib/s.js": "export const x = \"secret\""})
	for link, target := range map[string]string{
		"a.js":        filepath.Join(other, "secret.js"),
		"secret.json": filepath.Join(other, "secret.json"),
		"lib":         filepath.Join(other, "lib"),
	} {
		must(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	put(t, dir, map[string]string{
		"b.js": `import x from "./secret.json"; export default { format: () => x.x }`,
		"c.js": `import { x } from "./lib/s.js"; export default { format: () => x }`,
		"d.js": says("fine"),
	})
	e := start(t, Config{Dir: dir})
	if got := e.Scripts().Names(); len(got) != 1 || got[0] != "d.js" {
		t.Errorf("got the scripts %v, want d.js alone", got)
	}
	if err := e.Scripts().Errors()["a.js"]; err == nil || !strings.Contains(err.Message, "outside the scripts folder") {
		t.Errorf("got %v, want that the link leads outside", err)
	}
}

func TestAReplacedFolderIsSeen(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("one")})
	e := run(t, Config{Dir: dir})
	put(t, dir+".new", map[string]string{"a.js": says("two")})
	must(t, os.Rename(dir, dir+".old"))
	must(t, os.Rename(dir+".new", dir))
	eventually(t, "two", func() bool { return output(t, e, "a.js") == "two" })
	put(t, dir, map[string]string{"a.js": says("three")})
	eventually(t, "three", func() bool { return output(t, e, "a.js") == "three" })
}

func TestAMissingFolderIsPickedUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet", "scripts")
	e := run(t, Config{Dir: dir})
	if s := e.Scripts(); s.Problem() == nil || s.Problem().Error() != "the scripts folder does not exist yet" || len(s.Names()) != 0 {
		t.Errorf("got the problem %v and %v, want a missing folder without scripts", s.Problem(), s.Names())
	}
	put(t, dir, map[string]string{"a.js": says("here")})
	eventually(t, "the folder is picked up", func() bool { return output(t, e, "a.js") == "here" })
	if problem := e.Scripts().Problem(); problem != nil {
		t.Errorf("the folder still has the problem: %v", problem)
	}
}

// A folder that has just come is watched after it was read; what is written
// into it between the two is found all the same.
func TestAFileInAFolderThatIsNew(t *testing.T) {
	dir := write(t, map[string]string{"b.js": `import { x } from "./lib/x.js"; export default { format: () => x }`})
	e := run(t, Config{Dir: dir, Check: func(_ context.Context, _ *Engine, s *Script, _ *Snapshot) error {
		if s.Name != "a.js" {
			return nil
		}
		return os.WriteFile(filepath.Join(dir, "lib", "x.js"), []byte("export const x = 1"), 0o644)
	}})
	must(t, os.Mkdir(filepath.Join(dir, "lib"), 0o755))
	put(t, dir, map[string]string{"a.js": says("a")})
	eventually(t, "the import is found", func() bool { return e.Scripts().Script("b") != nil })
}

func TestAFolderThatBecomesTooLargeKeepsItsScripts(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a")})
	e := run(t, Config{Dir: dir})
	many := map[string]string{}
	for i := range maxFiles {
		many[fmt.Sprintf("other/%d.json", i)] = "{}"
	}
	put(t, dir, many)
	eventually(t, "the folder is refused", func() bool { return e.Scripts().Problem() != nil })
	if got := e.Scripts().Problem().Error(); !strings.Contains(got, "it holds more than 1000 scripts and files for import") {
		t.Errorf("got %q", got)
	}
	if got := output(t, e, "a.js"); got != "a" {
		t.Errorf("got %q, want a", got)
	}
	must(t, os.RemoveAll(filepath.Join(dir, "other")))
	put(t, dir, map[string]string{"a.js": says("b")})
	eventually(t, "b", func() bool { return output(t, e, "a.js") == "b" && e.Scripts().Problem() == nil })
}

func TestTheFolderMayBeNamedRelatively(t *testing.T) {
	dir := write(t, map[string]string{"a.js": `import { b } from "./lib/b.js"; export default { format: () => b }`, "lib/b.js": "export const b = 1"})
	for at, names := range map[string][]string{dir: {".", "./", "../scripts", "lib/.."}, filepath.Dir(dir): {"scripts", "./scripts", "scripts/", ".//scripts/."}} {
		t.Chdir(at)
		for _, name := range names {
			e := start(t, Config{Dir: name})
			if st := e.Scripts().Status()[0]; st.State != StateLive || e.Scripts().Script("a.js").File != "scripts/a.js" {
				t.Errorf("%s: %s with %v, want scripts/a.js live", name, st.State, st.Err)
			}
		}
	}
}

func TestRenamingAndAddingScripts(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a")})
	e := run(t, Config{Dir: dir})
	must(t, os.Rename(filepath.Join(dir, "a.js"), filepath.Join(dir, "b.js")))
	put(t, dir, map[string]string{"c.mjs": says("c")})
	eventually(t, "b and c", func() bool { return output(t, e, "b.js") == "a" && output(t, e, "c") == "c" })
}

func TestWhatIsNotAScript(t *testing.T) {
	e := startWith(t, map[string]string{
		"a.js": says("a"), "_part.js": says("x"), ".hidden.js": says("x"), "#a.js": says("x"), "a.js~": says("x"),
		"formatter.d.ts": "export type X = 1", "README.md": "text", "data.json": "{}", "lib/b.js": says("x"), "node_modules/c.js": says("x"),
	})
	if got := e.Scripts().Status(); len(got) != 1 || got[0].Name != "a.js" {
		t.Errorf("got %v, want a.js alone", got)
	}
}

func TestTouchAndStorm(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("v0")})
	var mu sync.Mutex
	var live int
	e := run(t, Config{Dir: dir, OnReload: func(ev Event) {
		mu.Lock()
		defer mu.Unlock()
		if ev.Kind == EventLive {
			live++
		}
	}})
	file := filepath.Join(dir, "a.js")
	must(t, os.Chtimes(file, time.Now(), time.Now()))
	for i := range 300 {
		must(t, os.WriteFile(file, []byte(says(fmt.Sprintf("v%d", i+1))), 0o644))
	}
	eventually(t, "the last save", func() bool { return output(t, e, "a.js") == "v300" })
	mu.Lock()
	defer mu.Unlock()
	if live > 5 { // the first, the last, and some in between on a slow machine
		t.Errorf("%d versions went live, want a few", live)
	}
}

func TestOnlyTheScriptsAskedForAreLoaded(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a1"), "b.js": says("b1"), "broken.js": "export default {"})
	e := run(t, Config{Dir: dir, Only: []string{"a.js", "missing.js"}, Quiet: time.Millisecond})
	if got := e.Scripts().Status(); len(got) != 1 || got[0].Name != "a.js" {
		t.Errorf("loaded %+v, want a.js alone", got)
	}
	must(t, os.WriteFile(filepath.Join(dir, "b.js"), []byte(says("b2")), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "a.js"), []byte(says("a2")), 0o644))
	eventually(t, "the save", func() bool { return output(t, e, "a.js") == "a2" })
	if s := e.Scripts().Script("b.js"); s != nil {
		t.Errorf("%s was loaded after a save", s.Name)
	}
}

// A message is rendered by the old version or by the new one.
func TestNoMessageIsLostOrMixedWhileScriptsChange(t *testing.T) {
	both := func(v int) string {
		return fmt.Sprintf("const first = %d;\nexport default { format: () => first + \"/\" + last };\nconst last = %d;\n", v, v)
	}
	dir := write(t, map[string]string{"a.js": both(0)})
	e := run(t, Config{Dir: dir})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if first, last, _ := strings.Cut(output(t, e, "a.js"), "/"); first == "" || first != last {
					t.Errorf("got %q and %q of one message", first, last)
					return
				}
			}
		})
	}
	for v := 1; v <= 4; v++ {
		vimSave(t, filepath.Join(dir, "a.js"), both(v))
		eventually(t, "the next version", func() bool { return output(t, e, "a.js") == fmt.Sprintf("%d/%d", v, v) })
	}
	close(done)
	wg.Wait()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// Whoever acts on a new Set is left alone while nothing changes: the folder is read
// every half a minute.
func TestALookThatFindsNothingMakesNoNewSet(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a"), "b.js": "broken(", "samples/a/x.json": "{}"})
	e := start(t, Config{Dir: dir})
	before := e.Scripts()
	e.loader.reload(t.Context())
	if e.Scripts() != before {
		t.Error("a new Set, and nothing has changed")
	}
	put(t, dir, map[string]string{"samples/a/x.json": `{"a": 1}`})
	e.loader.reload(t.Context())
	select {
	case <-before.Replaced():
	default:
		t.Error("a sample has changed, and nobody is told")
	}
}
