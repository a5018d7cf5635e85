package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/scripts"
)

// The pages for people: for everybody, for administrators, for authors of layouts,
// and for those who want to know how far to trust the service.
const (
	frontPage  = "../../README.md"
	adminPage  = "README.md"
	authorPage = "../../scripts/README.md"
	trustPage  = "../../processor/README.md"
)

func page(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the code blocks of a page in one language.
func blocks(t *testing.T, file, language string) []string {
	t.Helper()
	var list []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(page(t, file), -1) {
		list = append(list, m[1])
	}
	return list
}

// The pages are short enough to be read, and their links lead somewhere.
func TestPages(t *testing.T) {
	if n := strings.Count(page(t, frontPage), "\n"); n > 150 {
		t.Errorf("the README has %d lines", n)
	}
	for _, file := range []string{frontPage, adminPage, authorPage, trustPage} {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(page(t, file), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// Every command of the pages does what the text around it says. A command that
// is not known here fails the test, so that none comes in untested.
func TestREADMECommands(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// The folder layouts of the source tree is somebody's own, or not there.
	layouts := filepath.Join(t.TempDir(), "layouts")
	if _, _, err := scripts.Write(layouts); err != nil {
		t.Fatal(err)
	}
	inRoot := func(t *testing.T, want, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v, and want %q in: %s", err, want, out)
		}
	}
	// tested names the test of this package that tries a command. It runs by
	// itself, and once is enough.
	tested := func(func(*testing.T)) func(*testing.T) { return func(*testing.T) {} }
	known := map[string]func(t *testing.T){
		"go run -v ./cmd/fn-slack demo": tested(TestDemoStaysUpUntilTheSignal),
		"go run ./cmd/fn-slack demo --once": func(t *testing.T) {
			stdout, stderr, code := servicetest.Outcome(t, servicetest.Program(t, t.TempDir(), "demo", "--once"))
			for line := range strings.Lines(blocks(t, frontPage, "text")[0]) {
				js, err := json.Marshal(strings.TrimSpace(line))
				if err != nil || !strings.Contains(stdout, strings.Trim(string(js), `"`)) {
					t.Errorf("%v, it does not say %s", err, line)
				}
			}
			if code != 0 {
				t.Errorf("exit %d: %s", code, stderr)
			}
		},
		"go test ./...": func(*testing.T) {}, // this is it
		"go run ./cmd/fmt-test layouts/default.js layouts/samples/default/incident.json": func(t *testing.T) {
			inRoot(t, "Severity: High", "go", "run", "./cmd/fmt-test", layouts+"/default.js", layouts+"/samples/default/incident.json")
		},
		"go run ./cmd/fmt-test --json layouts/default.js layouts/samples/default/note.json": func(t *testing.T) {
			inRoot(t, `"username": "Anna Analyst"`, "go", "run", "./cmd/fmt-test", "--json", layouts+"/default.js", layouts+"/samples/default/note.json")
		},
		"go run ./cmd/fmt-test layouts": func(t *testing.T) {
			inRoot(t, "incident-card.js", "go", "run", "./cmd/fmt-test", layouts)
		},
		"go run ./cmd/fmt-test --serve layouts": func(t *testing.T) {
			servesPage(t, root, "./cmd/fmt-test", "--serve", layouts)
		},
		"go run ./cmd/fn-slack scripts init /tmp/layouts": func(t *testing.T) {
			inRoot(t, "files written", "go", "run", "./cmd/fn-slack", "scripts", "init", filepath.Join(t.TempDir(), "layouts"))
		},
		"GOBIN=/usr/local/bin go install ./cmd/fn-slack ./cmd/fmt-test": func(t *testing.T) {
			bin := t.TempDir()
			inRoot(t, "", "env", "GOBIN="+bin, "go", "install", "./cmd/fn-slack", "./cmd/fmt-test")
			for _, name := range []string{"fn-slack", "fmt-test"} {
				if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
					t.Error(err)
				}
			}
		},
		// Tried by .ci/packages.
		".ci/packages /tmp/packages":                                                      func(*testing.T) {},
		"dpkg -i /tmp/packages/fn-slack_*.deb":                                            func(*testing.T) {},
		"rpm -U /tmp/packages/fn-slack-*.rpm":                                             func(*testing.T) {},
		"runuser -u fn-slack -- fn-slack selftest --config-file /etc/fn-slack/app.config": tested(TestSelftestWhereAllIsWell),
		"systemctl enable --now fn-slack":                                                 func(*testing.T) {},

		"fmt-test scripts/default.js scripts/samples/default/incident.json":          func(*testing.T) {}, // as above, installed
		"fn-slack run --config-file /etc/fn-slack/app.config":                        tested(TestRunServesUntilSIGTERM),
		"fn-slack config -c /etc/fn-slack/app.config":                                tested(TestConfigCreateAsksBeforeItOverwrites),
		"fn-slack config -u /etc/fn-slack/app.config":                                tested(TestConfigUpdateKeepsWhatIsThere),
		"fn-slack config check --config-file /etc/fn-slack/app.config":               tested(TestConfigCheckShowsWhereEachSettingComesFrom),
		"fn-slack selftest --config-file /etc/fn-slack/app.config":                   tested(TestSelftestWhereAllIsWell),
		"fn-slack customize -y --channel soc --config-file /etc/fn-slack/app.config": tested(TestCustomizeDeploysWithAnAPIKeyAndWithAnAccount),
		"fn-slack service print":                                                     tested(TestServiceInstallAndUninstall),
		"fn-slack service install":                                                   tested(TestServiceInstallAndUninstall),
		"fn-slack status --config-file /etc/fn-slack/app.config":                     tested(TestStatusOfARunningService),
	}
	met := map[string]bool{}
	for _, file := range []string{frontPage, adminPage, authorPage, trustPage} {
		for _, line := range strings.Split(strings.Join(blocks(t, file, "sh"), ""), "\n") {
			if line == "" || met[line] {
				continue
			}
			met[line] = true
			t.Run(line, func(t *testing.T) {
				if test := known[line]; test != nil {
					test(t)
				} else {
					t.Error("no test runs this command")
				}
			})
		}
	}
	for line := range known {
		if !met[line] {
			t.Errorf("no page has %s", line)
		}
	}
}

func TestREADMESettings(t *testing.T) {
	dir := t.TempDir()
	text := blocks(t, adminPage, "ini")[0]
	ca := servicetest.Start(t).Platform.CAFile()
	text = strings.ReplaceAll(text, "/etc/fn-slack/ca.pem", ca)
	text = strings.ReplaceAll(text, "…", "aB3dE6gH9kL2nP5r")
	file := filepath.Join(dir, "app.config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(config.Options{File: file})
	if err != nil || len(settings.Notes) > 0 {
		t.Errorf("%v, notes %q", err, settings.Notes)
	}
	if settings.Resilient.Host != "soar.example.com" || settings.Slack.ScriptsDir != "/etc/fn-slack/scripts" {
		t.Errorf("%+v", settings)
	}
}

func TestREADMELayout(t *testing.T) {
	dir := t.TempDir()
	if _, _, code := servicetest.Outcome(t, servicetest.Program(t, dir, "scripts", "init")); code != 0 {
		t.Fatalf("scripts init: exit %d", code)
	}
	servicetest.Edit(t, filepath.Join(dir, "scripts", "default.js"), "\n  labels: {},", "\n  "+strings.TrimSpace(blocks(t, frontPage, "js")[0]))
	stdout, stderr, code := servicetest.Outcome(t, servicetest.Program(t, dir, "demo", "--once"))
	first, _, _ := strings.Cut(stdout, "\n")
	if code != 0 || !strings.Contains(first, `\nAttack vectors: [Attrition`) || strings.Contains(first, "Confirmed") {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
}

// servesPage builds a command and runs it until its page is there.
func servesPage(t *testing.T, root, pkg string, args ...string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "command")
	if out, err := exec.Command("go", "build", "-C", root, "-o", binary, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = root
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%v after %q", err, line)
	}
	page, err := http.Get(strings.Fields(line)[0])
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", line, page.Status)
	}
}
