package main

import (
	"go/ast"
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
	"formatters/details":  {},
	"formatters/strftime": {},
	"formatters/spelling": {},
	"formatters/jsontext": {},
	"formatters/mrkdwn":   {"golang.org/x/text/unicode/norm"}, // letters that only look like others
	"formatters/richtext": {
		"formatters/mrkdwn",
		"golang.org/x/net/html", "golang.org/x/net/html/atom", // the HTML5 parser of the Go project
		"github.com/clipperhouse/displaywidth", // how wide a cell is in a fixed-width font
	},
	"formatters/blockkit": {"formatters/jsontext", "formatters/mrkdwn", "formatters/richtext", "formatters/spelling", "golang.org/x/text/unicode/norm"},
	"formatters":          {"formatters/blockkit", "formatters/details", "formatters/mrkdwn", "formatters/richtext", "formatters/strftime"},
	"formatters/preview": {
		"formatters/blockkit", "formatters/mrkdwn", "formatters/richtext",
		// CommonMark, for Slack's markdown block; not goldmark's own extensions, which
		// take every process milliseconds to start.
		"github.com/yuin/goldmark/ast", "github.com/yuin/goldmark/extension/ast", "github.com/yuin/goldmark/parser",
		"github.com/yuin/goldmark/text", "github.com/yuin/goldmark/util",
		"github.com/clipperhouse/displaywidth", // what a terminal shows wide, and as one character
	},
	"engine/wire":   {},
	"engine/bundle": {"engine/wire", "formatters/spelling", "github.com/evanw/esbuild/pkg/api"}, // TypeScript, ES modules, bundling
	"engine/worker": {
		"engine/wire", "engine/bundle", "formatters/jsontext", "formatters/spelling",
		"github.com/dop251/goja", "github.com/dop251/goja/...", // JavaScript without cgo
		"github.com/dlclark/regexp2/v2",           // goja's backtracking regular expressions: their time-out is set
		"github.com/landlock-lsm/go-landlock/...", // Landlock, in all threads of a process
		"golang.org/x/sys/unix",                   // seccomp, limits
	},
	"engine": {
		"engine/wire", "engine/bundle", "engine/worker", // to become one
		"github.com/fsnotify/fsnotify", // saves
		"golang.org/x/sys/unix",        // prctl, capabilities
	},
	"scripts":               {},
	"processor/kind":        {}, // words only
	"processor/secret":      {},
	"processor/trust":       {},
	"processor/mask":        {},
	"processor/members":     {"formatters/jsontext"},
	"processor/resilient":   {"processor/kind", "processor/members", "processor/secret", "processor/trust"},
	"processor/broker":      {"processor/broker/wire", "processor/trust", "github.com/go-stomp/stomp/v3/frame"}, // STOMP's frames
	"processor/broker/wire": {"github.com/go-stomp/stomp/v3/frame"},
	"processor/slackapi": {
		"processor/kind", "processor/members", "processor/secret", "processor/trust", "formatters/blockkit", "formatters/mrkdwn",
		"github.com/slack-go/slack", // Slack's Web API
		"golang.org/x/time/rate",    // a burst, then a pace
	},
	"processor/journal": {"github.com/gofrs/flock"}, // locks, also on Windows
	"processor/config": {
		"formatters/spelling", "formatters/strftime", "processor/secret", "processor/trust",
		"github.com/spf13/viper",        // settings from file, environment, flags
		"github.com/go-jose/go-jose/v4", // App Host's encrypted secrets
		"github.com/zalando/go-keyring", // the system's keyring
	},
	"processor/render": {"engine", "formatters", "formatters/...", "processor/card", "processor/kind", "processor/resilient"},
	"processor/sample": {"engine", "formatters", "formatters/mrkdwn", "formatters/spelling", "processor/card", "processor/render", "processor/resilient", "processor/transcript"},
	"processor/editor": {
		"engine", "engine/wire", "formatters/blockkit", "formatters/details", "formatters/mrkdwn", "formatters/preview", "processor/render", "processor/sample", "scripts",
		"github.com/aymanbagabas/go-udiff", // the difference between two texts
	},
	"processor":         {"processor/broker", "processor/journal", "processor/kind", "processor/resilient"},                                                                        // no function: they are handed to it
	"processor/card":    {"processor/members"},                                                                                                                                     // what a message remembers
	"processor/message": {"formatters/...", "processor", "processor/card", "processor/channel", "processor/kind", "processor/render", "processor/resilient", "processor/slackapi"}, // a function is written against the interface of its caller, and takes its steps
	"processor/channel": {"processor", "processor/kind", "processor/resilient", "processor/slackapi", "golang.org/x/text/unicode/norm"},                                            // takes steps for the functions; names in plain letters
	"processor/archive": {
		"formatters/blockkit", "formatters/mrkdwn", "processor", "processor/channel", "processor/kind", "processor/render", "processor/resilient", "processor/slackapi", "processor/transcript",
	},
	"processor/transcript": {"formatters/mrkdwn", "processor/render"},
	"processor/attachment": {
		"formatters", "formatters/...", "processor", "processor/channel", "processor/kind", "processor/render", "processor/resilient", "processor/slackapi",
	},
	"processor/parts": {
		"engine", "formatters", "processor/broker", "processor/config", "processor/mask", "processor/render", "processor/resilient", "processor/sample", "processor/slackapi", "processor/trust",
		"golang.org/x/net/http/httpproxy", // the rules of HTTPS_PROXY and NO_PROXY
	},
	"processor/status": {
		"engine", "formatters/preview", "processor", "processor/broker", "processor/config", "processor/journal", "processor/kind", "processor/logs", "processor/mask", "processor/render", "processor/slackapi",
		"golang.org/x/net/netutil",                                                                             // a bound on connections
		"github.com/prometheus/client_golang/prometheus", "github.com/prometheus/client_golang/prometheus/...", // /metrics
	},
	"processor/logs": {"processor/config", "processor/mask", "golang.org/x/term"}, // whether somebody looks at a terminal
	"processor/service": {
		"engine", "processor", "processor/archive", "processor/attachment", "processor/broker", "processor/channel", "processor/config", "processor/journal", "processor/logs", "processor/mask", "processor/message", "processor/parts", "processor/render",
		"processor/resilient", "processor/slackapi", "processor/status",
		"golang.org/x/sync/errgroup", // goroutines that end together
	},
	"processor/support":   {"engine", "processor/config", "processor/mask", "processor/status"},
	"processor/selftest":  {"engine", "formatters/preview", "processor/broker", "processor/config", "processor/mask", "processor/parts", "processor/render", "processor/resilient", "processor/slackapi"},
	"processor/customize": {"processor/resilient"},
	"processor/servicetest": {
		"engine", "engine/wire", "processor/config", "processor/logs", "processor/render", "processor/resilienttest", "processor/service", "processor/slacktest", "scripts",
	},
	"processor/browsertest":   {},
	"processor/mistaketest":   {},
	"processor/stomptest":     {"processor/broker/wire", "github.com/go-stomp/stomp/v3/frame"},
	"processor/resilienttest": {"formatters/richtext", "processor/resilient", "processor/stomptest", "go.starlark.net/starlark", "go.starlark.net/syntax"}, // runs the workflows' Python
	"processor/slacktest":     {"formatters", "formatters/..."},
	"processor/calltest": {
		"engine", "formatters", "processor", "processor/broker", "processor/channel", "processor/journal", "processor/message", "processor/render",
		"processor/resilient", "processor/resilienttest", "processor/secret", "processor/slackapi", "processor/slacktest", "processor/stomptest",
	},
}

// standIns may be imported by the demo, by the benchmark and by tests alone;
// harnesses, which know of package testing, by tests alone.
var (
	standIns  = []string{"processor/stomptest", "processor/resilienttest", "processor/slacktest"}
	harnesses = []string{"processor/browsertest", "processor/calltest", "processor/mistaketest", "processor/servicetest"}
)

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	eachSource(t, func(pkg, name string, file *ast.File) {
		seen[pkg] = true
		for _, spec := range file.Imports {
			what, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := refused(pkg, what); why != "" {
				t.Errorf("%s imports %s: %s", name, what, why)
			}
		}
	})
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("the table has %s, which has no sources", pkg)
		}
	}
}

// Only commands read the environment and the command line, and what is the
// whole process's is theirs: it is handed down as values, so that a test can
// start two of everything. The engine's worker is a process of its own, and
// harnesses make a program of a test.
func TestOnlyCommandsKnowOfTheProcess(t *testing.T) {
	environment := []string{"os.Args", "os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv", "os.UserHomeDir"}
	process := []string{"os.Exit", "signal.Notify", "signal.NotifyContext", "signal.Ignore", "debug.SetGCPercent", "debug.SetMemoryLimit"}
	eachSource(t, func(pkg, name string, file *ast.File) {
		if slices.Contains(harnesses, pkg) || strings.HasPrefix(pkg, "cmd/") {
			return
		}
		forbidden := environment
		if pkg != "engine" && !strings.HasPrefix(pkg, "engine/") {
			forbidden = slices.Concat(environment, process)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && slices.Contains(forbidden, x.Name+"."+s.Sel.Name) {
					t.Errorf("%s has %s.%s", name, x.Name, s.Sel.Name)
				}
			}
			return true
		})
	})
}

// eachSource calls do with every source that is no test, by its package's and
// its own name below the root. It parses the sources and does not ask the go
// command, whose answer the test cache would not notice to have changed.
func eachSource(t *testing.T, do func(pkg, name string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
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
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		do(path.Dir(rel), rel, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func refused(pkg, what string) string {
	ours := strings.HasPrefix(what, module)
	what = strings.TrimPrefix(what, module)
	if slices.Contains(harnesses, what) {
		return "a harness, for tests only"
	}
	if strings.HasPrefix(pkg, "cmd/") {
		if slices.Contains(standIns, what) && pkg != "cmd/fn-slack/demo" && pkg != "cmd/fn-slack/bench" {
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
