package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/fn-slack/fn-slack/"

// imports says what each package may import beside the standard library, with
// the reason for every module that is not ours. cmd may import everything.
var imports = map[string][]string{
	"formatters":         {"golang.org/x/net/html", "golang.org/x/net/html/atom"}, // the HTML5 parser of the Go project
	"formatters/preview": {"formatters", "golang.org/x/net/html"},
	"engine": {
		"github.com/dop251/goja", "github.com/dop251/goja/...", // JavaScript without cgo
		"github.com/evanw/esbuild/pkg/api",        // TypeScript, ES modules, bundling
		"github.com/dlclark/regexp2/v2",           // goja's backtracking regular expressions: their time-out is set
		"github.com/fsnotify/fsnotify",            // saves
		"golang.org/x/sys/unix",                   // prctl, seccomp, capabilities
		"github.com/landlock-lsm/go-landlock/...", // Landlock, in all threads of a process
	},
	"scripts":                 {},
	"processor/resilient":     {},
	"processor/broker":        {"processor/broker/wire", "github.com/go-stomp/stomp/v3/frame"}, // STOMP's frames
	"processor/broker/wire":   {"github.com/go-stomp/stomp/v3/frame"},
	"processor/slackapi":      {"formatters", "github.com/slack-go/slack"},     // Slack's Web API
	"processor/journal":       {"go.etcd.io/bbolt", "go.etcd.io/bbolt/errors"}, // transactions in one file
	"processor/config":        {"github.com/spf13/viper"},                      // settings from file, environment, flags
	"processor/render":        {"engine", "formatters", "processor/resilient"},
	"processor/sample":        {"engine", "processor/render", "processor/resilient"},
	"processor":               {"processor/broker", "processor/journal", "processor/render", "processor/slackapi", "processor/resilient", "formatters"},
	"processor/stomptest":     {"processor/broker/wire", "github.com/go-stomp/stomp/v3/frame"},
	"processor/resilienttest": {"processor/resilient", "processor/stomptest"},
	"processor/slacktest":     {"formatters", "formatters/preview"},
}

// standIns may be imported by the demo, by the benchmark and by tests alone.
var standIns = []string{"processor/stomptest", "processor/resilienttest", "processor/slacktest"}

// TestImports parses the sources and does not ask the go command, whose answer
// the test cache would not notice to have changed.
func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		pkg := path.Dir(rel)
		seen[pkg] = true
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			what, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := refused(pkg, path.Base(rel), what); why != "" {
				t.Errorf("%s imports %s: %s", rel, what, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("the table has %s, which has no sources", pkg)
		}
	}
}

func refused(pkg, file, what string) string {
	ours := strings.HasPrefix(what, module)
	what = strings.TrimPrefix(what, module)
	if strings.HasPrefix(pkg, "cmd/") {
		if slices.Contains(standIns, what) && !strings.HasPrefix(file, "demo") && !strings.HasPrefix(file, "bench") {
			return "a stand-in, for the demo, the benchmark and tests only"
		}
		return ""
	}
	if first, _, _ := strings.Cut(what, "/"); !ours && !strings.Contains(first, ".") {
		return "" // the standard library
	}
	allowed, known := imports[pkg]
	if !known {
		return "the package is not in the table"
	}
	for _, a := range allowed {
		if prefix, any := strings.CutSuffix(a, "/..."); a == what || any && strings.HasPrefix(what, prefix+"/") {
			return ""
		}
	}
	return "not in the table"
}
