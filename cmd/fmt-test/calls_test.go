package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	fileSample = `{"attachment_id": 27, "slack_text": {"Name": {"type": "string", "data": "DoS <!here>"}}, "file": {"name": "<b>.eml", "size": 48213}}`
	history    = `{"messages": [
		{"ts": "1524857700.000100", "user": "U0LEO00001", "text": "2 - Anna POSTED ON \u001b[2J"},
		{"ts": "1524857620.000100", "user": "U0ANNA0001", "text": "hello &lt;b&gt;"}], "names": {"U0ANNA0001": "Anna"}}`
	archiving = `export default { match: (call) => call.function === "slack_archive_channel", archive: (m) => m.user + ": " + m.text };`
)

func TestACommentIsShownWithItsFile(t *testing.T) {
	dir := folder(t, "a.js", `export default { format: (m) => ({ text: slack.bold(m.title), blocks: [slack.divider()] }) };`, "quiet.js", `export default { format: () => ({ skip: "it says all" }) };`)
	stdout, stderr, code := fmtTest(t, fileSample, filepath.Join(dir, "a.js"), "-")
	if code != 0 || !strings.Contains(stdout, "DoS <!here>\n▌ 📎 Incident ID 2223 incident Attachment: <b>.eml\n▌ EML · 47 kB\n") || !strings.Contains(stdout, " of 4000 characters") || !strings.Contains(stderr, "text alone") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, _, _ := fmtTest(t, fileSample, "--json", filepath.Join(dir, "a.js"), "-"); stdout != "{\n  \"channel\": \"general\",\n  \"text\": \"*DoS &lt;!here&gt;*\"\n}\n" {
		t.Errorf("--json prints %s", stdout)
	}
	if stdout, _, _ := fmtTest(t, fileSample, "--html", "-", filepath.Join(dir, "a.js"), "-"); !strings.Contains(stdout, "Attachment: &lt;b&gt;.eml") {
		t.Errorf("--html prints %s", stdout)
	}
	stdout, _, code = fmtTest(t, fileSample, filepath.Join(dir, "quiet.js"), "-")
	if code != 0 || !strings.Contains(stdout, "📎 Incident ID 2223") || !strings.Contains(stdout, "the file goes without a comment: it says all\n") {
		t.Errorf("without a comment: exit %d: %s", code, stdout)
	}
}

func TestAnArchiveIsShownAsItsLines(t *testing.T) {
	dir := folder(t, "a.js", archiving, "default.js", `export default { format: (m) => m.text };`)
	const lines = "Anna: hello <b>\nU0LEO00001: > 2 - Anna POSTED ON [2J\n"
	for _, script := range []string{"a.js", ""} { // the service would choose it
		stdout, stderr, code := fmtTest(t, history, filepath.Join(dir, script), "-")
		if code != 0 || stderr != "" || !regexp.MustCompile(`^`+regexp.QuoteMeta(lines)+`\na\.js · 2 lines · [\d.]+ ms\n$`).MatchString(stdout) {
			t.Errorf("%q: exit %d: %s%s", script, code, stdout, stderr)
		}
	}
	stdout, stderr, code := fmtTest(t, history, filepath.Join(dir, "default.js"), "-")
	if code != 0 || !strings.HasPrefix(stdout, "1 - Anna POSTED ON 2018-04-27 19:33:40\nhello <b>\n\n2 - ") || !strings.Contains(stderr, "default.js has no archive(message)") {
		t.Errorf("built-in: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, _, _ = fmtTest(t, history, "--list", dir, "-")
	for _, want := range []string{`\* a\.js +its match returns true\n`, `  default\.js +has no archive\(message\)\n`, `a\.js takes standard input`} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("--list lacks %s: %s", want, stdout)
		}
	}
	if stdout, _, _ := fmtTest(t, history, "--tz", "Europe/Berlin", filepath.Join(dir, "default.js"), "-"); !strings.Contains(stdout, "2018-04-27 21:33:40") {
		t.Errorf("--tz: %s", stdout)
	}
	if _, stderr, code := fmtTest(t, history, "--builder", filepath.Join(dir, "a.js"), "-"); code != 1 || !strings.Contains(stderr, "an archive is text") {
		t.Errorf("--builder: exit %d: %s", code, stderr)
	}
}

// A mistake in archive is told as one in format is.
func TestAnArchiveThatFails(t *testing.T) {
	dir := folder(t, "a.js", "export default {\n  archive(m) {\n    return m.txet.trim();\n  },\n};\n", "samples/a/room.json", history)
	for what, args := range map[string][]string{"one": {filepath.Join(dir, "a.js"), filepath.Join(dir, "samples/a/room.json")}, "all": {dir}} {
		_, stderr, code := fmtTest(t, "", args...)
		if code != 1 || !strings.Contains(stderr, "scripts/a.js:3:") || !strings.Contains(stderr, "return m.txet.trim();") || !strings.Contains(stderr, "^") {
			t.Errorf("%s: exit %d: %s", what, code, stderr)
		}
	}
}

func TestExpectationsOfAnArchive(t *testing.T) {
	dir := folder(t, "a.js", archiving, "samples/a/room.json", history)
	script, room := filepath.Join(dir, "a.js"), filepath.Join(dir, "samples/a/room.json")
	if stdout, stderr, code := fmtTest(t, "", "--update", dir); code != 0 || !regexp.MustCompile(`(?m)^a\.js +room\.json +written +2 lines$`).MatchString(stdout) {
		t.Errorf("update: exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, stderr, code := fmtTest(t, "", "--check", script, room); code != 0 || stdout != "room.json: as expected\n" {
		t.Errorf("check: exit %d: %s%s", code, stdout, stderr)
	}
	save(t, script, strings.Replace(archiving, `": "`, `" - "`, 1))
	stdout, stderr, code := fmtTest(t, "", dir)
	if code != 1 || !regexp.MustCompile(`(?m)^a\.js +room\.json +DIFFERS`).MatchString(stdout) || !strings.Contains(stderr, `/archive/0: want "Anna: hello <b>", got "Anna - hello <b>"`) {
		t.Errorf("differs: exit %d: %s%s", code, stdout, stderr)
	}
}

func TestThePageShowsCommentsAndArchives(t *testing.T) {
	dir := folder(t, "a.js", archiving, "samples/a/file.json", fileSample, "samples/a/room.json", history)
	address := servePage(t, dir)
	for name, want := range map[string]string{
		"file.json": "Attachment: &lt;b&gt;.eml",
		"room.json": "Anna: hello &lt;b&gt;<br>U0LEO00001: &gt; 2 - Anna POSTED ON",
	} {
		_, text := get(t, address+"view?script=a.js&sample="+name)
		var v struct {
			Error string
			Posts []struct{ HTML string }
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil || v.Error != "" || len(v.Posts) != 1 || !strings.Contains(v.Posts[0].HTML, want) {
			t.Errorf("%s: %v: %+v", name, err, v)
		}
	}
}
