package scripts_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/scripts"
)

var update = flag.Bool("update", false, "rewrite the expectations of the samples")

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

// gallery is the engine over this folder.
func gallery(t *testing.T) *engine.Engine {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var limits wire.Limits
	if wire.RaceEnabled { // everything is ten times slower
		limits.Time = 5 * time.Second
	}
	e, err := engine.New(engine.Config{Dir: dir, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	for name, err := range e.Scripts().Errors() {
		t.Errorf("%s: %s", name, err.Detail())
	}
	return e
}

// Every sample of every script gives exactly the message that is stored beside
// it, within Slack's rules.
func TestGallery(t *testing.T) {
	e := gallery(t)
	renderer := sample.NewRenderer(e)
	for _, name := range e.Scripts().Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := e.Scripts().Script(name)
			files, err := filepath.Glob(filepath.Join("samples", strings.TrimSuffix(name, filepath.Ext(name)), "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			samples := 0
			for _, file := range files {
				if strings.HasSuffix(file, ".want.json") {
					continue
				}
				samples++
				in, err := sample.Read(file)
				if err != nil {
					t.Fatal(err)
				}
				out, err := in.Render(t.Context(), renderer, render.Request{ID: in.Name, Time: sample.Now, Script: script, Asked: true})
				if err != nil {
					t.Errorf("%s: %v", file, err)
					continue
				}
				got, err := sample.Expectation(out)
				if err != nil {
					t.Fatal(err)
				}
				if *update {
					if err := os.WriteFile(sample.WantPath(file), got, 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if diff := cmp.Diff(string(in.Want), string(got)); diff != "" {
					t.Errorf("%s: -want +got:\n%s", file, diff)
				}
			}
			if samples == 0 {
				t.Error("it has no samples")
			}
			folder, err := engine.ReadFolder(t.Context(), ".", 0)
			if err != nil {
				t.Fatal(err)
			}
			hints, err := sample.Checker{Renderer: renderer, Folder: folder, Dir: "."}.Check(t.Context(), script)
			if err != nil {
				t.Errorf("it would not go live: %v", err)
			}
			for _, hint := range hints { // who copies it would copy a slip
				t.Error(hint)
			}
		})
	}
}

// An expectation whose sample is gone expects nothing.
func TestEveryExpectationHasItsSample(t *testing.T) {
	wants, err := filepath.Glob(filepath.Join("samples", "*", "*.want.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range wants {
		if _, err := os.Stat(strings.TrimSuffix(want, ".want.json") + ".json"); err != nil {
			t.Error(err)
		}
	}
}

// A new installation shows the classic layout: the others of the gallery wait
// until they are asked for or switched on.
func TestNobodyTakesACallUnasked(t *testing.T) {
	e := gallery(t)
	renderer := sample.NewRenderer(e)
	for _, name := range e.Scripts().Names() {
		d, err := renderer.Describe(t.Context(), e.Scripts().Script(name))
		if err != nil {
			t.Fatal(err)
		}
		if d.Match {
			t.Errorf("%s has a match", name)
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(source, []byte("// ")) {
			t.Errorf("%s does not begin with a comment for its reader", name)
		}
		if name != "default.js" && !bytes.Contains(source, []byte("\n  // match: (call) => ")) {
			t.Errorf("%s does not show how to switch it on", name)
		}
	}
	out, err := renderer.Render(t.Context(), render.Request{Call: sample.Builtin().Call, Time: sample.Now})
	if err != nil || out.Script != "default.js" {
		t.Errorf("got %q %v, want default.js", out.Script, err)
	}
}

// The line that switches a script on works as it stands.
func TestSwitchedOn(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, scripts.Files); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.*s"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = bytes.Replace(source, []byte("\n  // match: "), []byte("\n  match: "), 1)
		if err := os.WriteFile(name, source, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	renderer := sample.NewRenderer(e)
	for objectType, want := range map[string]string{
		"incident": "executive.js", "note": "note-reply.js", "task": "task.js", "artifact": "artifact.js", "attachment": "default.js",
	} {
		call := sample.Builtin().Call
		call.ObjectType = objectType
		out, err := renderer.Render(t.Context(), render.Request{Call: call, Time: sample.Now})
		if err != nil || out.Script != want {
			t.Errorf("%s: got %q %v, want %s", objectType, out.Script, err, want)
		}
	}
}

// `fn-slack scripts init` writes what is embedded: all of the folder but Go.
func TestEverythingIsEmbedded(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "testdata" {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) == ".go" {
			return nil
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := scripts.Files.ReadFile(filepath.ToSlash(path))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s is not embedded as it is", path)
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
