package main

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// The archive of a service whose scripts do all they can to put text of the
// incident into its log.
func TestSupportTellsAllButSecretsAndIncidents(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	// Samples have no workflow, so the script goes live.
	w.File(t, "scripts/default.js", `export default { format(m) {
  console.log("seen: " + m.text);
  if (m.call.workflow) throw new Error("cannot lay out " + m.text);
  return "x";
} };`)
	w.File(t, "scripts/other.js", `export default { format: (m) => { throw new Error("cannot lay out " + m.text); } };`)
	w.File(t, "scripts/samples/other/captured.json", `{"Name": {"type": "string", "data": "a DoS attack"}}`)
	logs := filepath.Join(w.Dir, "logs")
	w.File(t, "logs/empty", "")
	address := freeAddress(t)
	w.Replace(t, "status_address=off", "status_address="+address)
	w.Replace(t, "[resilient]", "[resilient]\nlogdir="+logs+"\nloglevel=DEBUG")
	r := w.Run(t)
	w.Play(t)
	r.Says("msg=call", 1)
	w.Workspace.Fail("chat.postMessage", slacktest.Fault{Code: "invalid_blocks"})
	w.Play(t)
	r.Says("msg=call", 2)
	const marked = "DoS attack" // in the name of the incident
	servicetest.Until(t, "the log has the incident", func() bool {
		text, err := os.ReadFile(filepath.Join(logs, "app.log"))
		return err == nil && strings.Contains(string(text), marked)
	})

	file := filepath.Join(w.Dir, "support.tar.gz")
	if stdout, stderr, code := command(t, "", "support", "--config-file", w.Config, "-o", file); code != 0 || !strings.Contains(stdout, file) {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	parts := unpacked(t, file)
	for name, wants := range map[string][]string{
		"version.txt":  {"fn-slack ", "github.com/dop251/goja"},
		"settings.txt": {"resilient.host = ", "fn_slack.api_token = "},
		"status.json":  {`"ready":true`, `"kind":"`},
		"metrics.txt":  {"fn_slack_calls_total"},
		"scripts.txt":  {"default.js", " bytes  "},
		"log.txt":      {"msg=subscribed", "msg=call", "kind=", "msg=console", " characters)"},
	} {
		for _, want := range wants {
			if !strings.Contains(strings.ReplaceAll(parts[name], `": `, `":`), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, parts[name])
			}
		}
		servicetest.NoSecretIn(t, parts[name])
		if strings.Contains(parts[name], marked) {
			t.Errorf("%s holds text of the incident:\n%s", name, parts[name])
		}
	}
	if _, stderr, code := command(t, "", "support", "--config-file", w.Config, "-o", file); code != exitFailed || !strings.Contains(stderr, "exists") {
		t.Errorf("the second time, exit %d: %s", code, stderr)
	}
}

func TestSupportOfAServiceThatDoesNotRun(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "app.config")
	if err := os.WriteFile(config, []byte("[resilient]\nhost=soar.example\n[fn_slack]\nstatus_address=off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "support.tar.gz")
	if stdout, stderr, code := command(t, "", "support", "--config-file", config, "-o", file); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for name, want := range map[string]string{"settings.txt": "wrong: ", "status.json": "status_address is off", "log.txt": "not to be had"} {
		if text := unpacked(t, file)[name]; !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %s", name, want, text)
		}
	}
}

// unpacked is what an archive holds, by the names of files without the folder.
func unpacked(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		head, err := archive.Next()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		parts[filepath.Base(head.Name)] = string(text)
	}
}
