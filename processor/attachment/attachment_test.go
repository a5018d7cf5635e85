package attachment_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestFileIsPosted(t *testing.T) {
	for name, c := range map[string]struct {
		file  resilienttest.File
		in    inputs
		title string
	}{
		"of an incident":  {resilienttest.File{ID: 27, Name: "a.txt"}, inputs{"attachment_id": 27}, "Incident ID 2223 incident Attachment: a.txt"},
		"of a task":       {resilienttest.File{ID: 28, Task: 31, Name: "b.bin"}, inputs{"attachment_id": 28.0, "task_id": 31}, "Incident ID 2223 task Attachment: b.bin"},
		"of an artifact":  {resilienttest.File{ID: 29, Artifact: 81, Kind: "Other File", Name: "c.log"}, inputs{"artifact_id": 81, "attachment_id": 1}, "Incident ID 2223 artifact Attachment: c.log"},
		"with a bad name": {resilienttest.File{ID: 30, Name: "in\u202evoice\n<!channel>.exe"}, inputs{"attachment_id": 30}, "Incident ID 2223 incident Attachment: invoice <!channel>.exe"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{shareAfter: 3}) // Slack takes its time
			const contents = "\x00\xff not text\r\n"
			c.file.Incident = incident
			b.put(c.file, contents)
			c.in["slack_text"] = "look <!channel>"
			results, told := b.goes(c.in)
			files, messages := b.slack.Files(), b.slack.Messages("soc")
			if len(files) != 1 || len(messages) != 1 || files[0].Shares != 1 {
				t.Fatalf("files %+v, messages %v", files, messages)
			}
			if f := files[0]; f.SHA256 != sum(contents) || f.Title != c.title || f.Channel != messages[0].Channel {
				t.Errorf("the file is %+v, want %q", f, c.title)
			}
			if got := messages[0].Sent.Text; got != "look &lt;!channel&gt;" {
				t.Errorf("the comment is %q", got)
			}
			url, _ := results["url"].(string)
			calltest.Contains(t, url, "/archives/"+messages[0].Channel+"/p"+strings.ReplaceAll(messages[0].TS, ".", ""))
			if results["channel"] != "soc" || results["ts"] != messages[0].TS || results["file_id"] != files[0].ID || results["user_info"] == nil {
				t.Errorf("the results are %v", results)
			}
			calltest.Contains(t, told, "added to Slack")
			rows := b.platform.Rows(incident)
			if len(rows) != 1 {
				t.Fatalf("rows %v", rows)
			}
			calltest.Contains(t, fmt.Sprint(rows[0].Cells["slack_db_permalink"]), url)
		})
	}
}

func TestChannelIsMadeAndFilesGoIntoThreads(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	first, _ := b.goes(inputs{"attachment_id": 27, "slack_channel": "inc-2223", "slack_is_channel_private": true, "slack_participant_emails": "ada@example.com"})
	second, _ := b.goes(inputs{"attachment_id": 27, "slack_channel": nil, "slack_thread_id": first["ts"]})
	messages := b.slack.Messages("inc-2223")
	if len(messages) != 2 || messages[1].ThreadTS != messages[0].TS || second["channel"] != "inc-2223" {
		t.Fatalf("messages %+v", messages)
	}
	calltest.Contains(t, second["url"].(string), "thread_ts="+messages[0].TS)
	if info := fmt.Sprint(second["user_info"]); info != "[ada: ada@example.com]" {
		t.Errorf("user_info is %s", info)
	}
}

// Messages can be posted from outside, files cannot.
func TestPublicChannelIsJoined(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	b.goes(inputs{"attachment_id": 27, "slack_channel": "visited"})
	if n := len(b.slack.Messages("visited")); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestCommentHasLabels(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	for text, want := range map[string]string{
		`{"Name": {"type": "string", "data": "<!here>"}, "Empty": {"type": "string", "data": ""}, "Page": {"type": "incident", "data": 2223}}`: "Name: &lt;!here&gt;\nPage: https://soar.example.com/#incidents/2223",
		`{"Name":`: `{"Name":`,
		"":         "",
		"*bold*":   "\u2060*\u2060bold\u2060*\u2060",
	} {
		b.goes(inputs{"attachment_id": 27, "slack_text": text})
		messages := b.slack.Messages("soc")
		if got := messages[len(messages)-1].Sent.Text; got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
	results, _ := b.goes(inputs{"attachment_id": 27, "slack_text": strings.Repeat("long ", 2000)})
	calltest.Contains(t, fmt.Sprint(results["notes"]), "slack_text is too long")
}

// A comment is laid out by the scripts, and the file goes whatever they do.
func TestCommentIsLaidOutByScripts(t *testing.T) {
	const text = `{"Name": {"type": "string", "data": "<!here>"}, "Severity": {"type": "string", "data": "High"}}`
	for name, c := range map[string]struct {
		script, want, told string
		in                 inputs
	}{
		"by a script":  {`export default { format: (m) => slack.bold(m.title) + (m.isReply ? " again" : "") };`, "*&lt;!here&gt;*", "The comment was rendered by default.js", nil},
		"as a reply":   {`export default { format: (m) => slack.bold(m.title) + (m.isReply ? " again" : "") };`, "*&lt;!here&gt;* again", "", inputs{"slack_thread_id": "1524857620.000100"}},
		"by its match": {`export default { match: (c) => c.function === "slack_post_message", format: () => "no" };`, "Name: &lt;!here&gt;\nSeverity: High", "rendered by classic", nil},
		"with blocks":  {`export default { format: (m) => ({ blocks: [slack.header(m.title)], color: "good" }) };`, "&lt;!here&gt;", "the comment of a file is text alone", nil},
		"not at all":   {`export default { format: () => ({ skip: "it says all" }) };`, "", "The file goes without a comment: default.js says: it says all", nil},
		"or it fails":  {`export default { format: (m) => m.no.name };`, "Name: &lt;!here&gt;\nSeverity: High", "The comment was rendered in the classic layout, because", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{scripts: map[string]string{"default.js": c.script}})
			b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
			in := inputs{"attachment_id": 27, "slack_text": text}
			maps.Copy(in, c.in)
			results, told := b.goes(in)
			messages := b.slack.Messages("soc")
			if len(messages) != 1 || messages[0].Sent.Text != c.want || results["file_id"] == nil {
				t.Fatalf("messages %+v, results %v, want %q", messages, results, c.want)
			}
			calltest.Contains(t, told, c.told)
		})
	}
	t.Run("nor is the channel made with on_script_error=fail", func(t *testing.T) {
		b := newBench(t, options{scripts: map[string]string{"default.js": "export default { format: (m) => m.no.name };"}, fail: true})
		b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
		calltest.Contains(t, b.fails(inputs{"attachment_id": 27, "slack_text": text, "slack_channel": "new", "slack_is_channel_private": false}), "default.js:1:")
		if files, rooms := b.slack.Files(), b.slack.Rooms(); len(files) > 0 || len(rooms) != len(channels) {
			t.Errorf("files %v, channels %v; want no new one", files, rooms)
		}
	})
}

// fill gives bytes of a file that is nowhere whole, and looks at the memory meanwhile.
type fill struct {
	left int64
	peak *atomic.Uint64 // bytes of heap
}

var block = bytes.Repeat([]byte("no two lines of an image are the same\n"), 1000)

func (f *fill) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), f.left)], block)
	if before := f.left; before>>23 != (before-int64(n))>>23 { // every 8 MiB
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		f.peak.Store(max(f.peak.Load(), m.HeapAlloc))
	}
	f.left -= int64(n)
	return n, nil
}

func TestLargeFileIsNeverWholeInMemory(t *testing.T) {
	const size = 128 << 20
	b := newBench(t, options{})
	var peak atomic.Uint64
	for id, file := range map[int]resilienttest.File{27: {ID: 27, Size: size}, 82: {ID: 28, Artifact: 82, Kind: "Malware Sample", Size: size / 4}} {
		file.Incident, file.Name = incident, "image.dd"
		file.Contents = func() io.Reader { return &fill{file.Size, &peak} }
		b.platform.PutFile(file)
		in := inputs{"attachment_id": id}
		if file.Artifact != 0 {
			in = inputs{"artifact_id": id}
		}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		peak.Store(0)
		b.goes(in)
		if grown := int64(peak.Load()) - int64(before.HeapAlloc); peak.Load() == 0 || grown > 24<<20 {
			t.Errorf("%v: the heap has grown by %d KiB", in, grown>>10)
		} else {
			t.Logf("%v: the heap has grown by %d KiB", in, grown>>10)
		}
	}
	if files := b.slack.Files(); len(files) != 1 || files[0].Size != size {
		t.Errorf("files %+v", files)
	}
}

func TestWhatCannotBePosted(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 26, Incident: incident, Name: "nothing.txt"}, "")
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	b.platform.PutFile(resilienttest.File{ID: 28, Incident: incident, Name: "disk.img", Size: 1<<30 + 1})
	room := inputs{"slack_channel": "new", "slack_is_channel_private": false}
	for _, c := range []struct {
		in   inputs
		want string
	}{
		{inputs{"attachment_id": 26}, `"nothing.txt" is empty, and Slack takes no empty files`},
		{inputs{"attachment_id": 28}, `"disk.img" has 1073741825 bytes, and Slack takes 1073741824 at most`},
		{inputs{"attachment_id": 99}, "the platform has no attachment 99 of incident 2223; correct attachment_id"},
		{inputs{"attachment_id": 27, "task_id": 31}, "the platform has no attachment 27 of task 31"},
		{inputs{"artifact_id": 99}, "the platform has no artifact 99 of incident 2223"},
		{inputs{"artifact_id": 72}, "artifact 72 of incident 2223 has no file"},
		{inputs{}, "input attachment_id: got nothing, want the number of an attachment, or in artifact_id"},
		{inputs{"attachment_id": "twelve"}, `input attachment_id: got "twelve", want a number`},
		{inputs{"attachment_id": 27, "incident_id": nil}, "input incident_id"},
	} {
		for name, value := range room {
			c.in[name] = value
		}
		calltest.Contains(t, b.fails(c.in), c.want)
	}
	if files, rooms := b.slack.Files(), b.slack.Rooms(); len(files) > 0 || len(rooms) != len(channels) {
		t.Errorf("files %v, channels %v; want no new one", files, rooms)
	}
}

func TestWhatSlackRefuses(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.exe"}, "a")
	for code, want := range map[string]string{
		"file_uploads_disabled":               "Uploads are switched off in this workspace",
		"file_uploads_except_images_disabled": "takes no files but images",
		"file_type_not_allowed":               "takes no files of this type",
		"file_upload_size_restricted":         "larger than this workspace takes",
		"missing_scope":                       "scope",
	} {
		b.slack.Fail("files.getUploadURLExternal", slacktest.Fault{Code: code})
		calltest.Contains(t, b.fails(inputs{"attachment_id": 27}), code, want)
	}
	b.slack.Fail("files.completeUploadExternal", slacktest.Fault{Code: "restricted_action"})
	calltest.Contains(t, b.fails(inputs{"attachment_id": 27}), "restricted_action")
	if files := b.slack.Files(); len(files) > 0 {
		t.Errorf("files %v", files)
	}
}

func TestMalwareSample(t *testing.T) {
	const contents = "X5O!P%@AP"
	sample := resilienttest.File{ID: 29, Incident: incident, Artifact: 81, Kind: "Malware Sample", Name: "<!here> evil.exe"}
	t.Run("is described", func(t *testing.T) {
		b := newBench(t, options{})
		b.put(sample, contents)
		results, told := b.goes(inputs{"artifact_id": 81, "slack_text": "careful"})
		calltest.Contains(t, told, "allow_malware_samples = false")
		messages := b.slack.Messages("soc")
		if len(messages) != 1 || len(b.slack.Files()) != 0 || results["file_id"] != nil || results["ts"] != messages[0].TS {
			t.Fatalf("messages %v, files %v, results %v", messages, b.slack.Files(), results)
		}
		calltest.Contains(t, messages[0].Sent.Text, "careful\nMalware sample, not posted: &lt;!here&gt; evil.exe\nSize: 9 bytes\nMD5: ", "\nSHA-256: "+sum(contents))
		if n := b.slack.Calls("files.getUploadURLExternal"); n > 0 {
			t.Errorf("%d uploads were begun", n)
		}
	})
	t.Run("is posted where the settings say so", func(t *testing.T) {
		b := newBench(t, options{samples: true})
		b.put(sample, contents)
		b.goes(inputs{"artifact_id": 81})
		if files := b.slack.Files(); len(files) != 1 || files[0].SHA256 != sum(contents) {
			t.Errorf("files %v", files)
		}
	})
}

// What Slack did and did not say, it is not made to do twice.
func TestAnswersOfSlackGetLost(t *testing.T) {
	for _, fault := range []slacktest.Fault{
		{Posted: true, Drop: true}, {Posted: true, Cut: true}, {Posted: true, Status: 500}, {Drop: true}, {Code: "internal_error"}, slacktest.RateLimited(time.Second),
	} {
		t.Run(fmt.Sprintf("%+v", fault), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{shareAfter: 2})
			b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
			b.slack.Fail("files.getUploadURLExternal", fault)
			b.slack.Fail("upload", slacktest.Fault{Status: 503}, slacktest.Fault{Drop: true})
			b.slack.Fail("files.completeUploadExternal", fault)
			b.slack.Fail("files.info", slacktest.Fault{Drop: true})
			b.goes(inputs{"attachment_id": 27})
			if files := b.slack.Files(); len(files) != 1 || files[0].Shares != 1 || files[0].SHA256 != sum("a") {
				t.Errorf("files %+v", files)
			}
		})
	}
}

func TestTokenDoesNotGoToTheAddressOfTheUpload(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	b.goes(inputs{"attachment_id": 27})
	for _, r := range b.slack.Requests() {
		if r.Method == "upload" && len(r.Form["authorization"]) > 0 {
			t.Errorf("the upload came with %v", r.Form["authorization"])
		}
	}
}

func TestPlatformBreaksOff(t *testing.T) {
	b := newBench(t, options{})
	var tries atomic.Int32
	b.platform.PutFile(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt", Size: 9, Contents: func() io.Reader {
		if tries.Add(1) == 1 {
			return io.MultiReader(strings.NewReader("half"), failing{})
		}
		return strings.NewReader("the whole")
	}})
	b.goes(inputs{"attachment_id": 27})
	if files := b.slack.Files(); len(files) != 1 || files[0].SHA256 != sum("the whole") {
		t.Errorf("files %+v", files)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

// Without the scope files:read only the answer says that the file was posted.
func TestSlackCannotBeAskedForFiles(t *testing.T) {
	b := newBench(t, options{})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "missing_scope"}, r.Method == "files.info"
	})
	results, told := b.goes(inputs{"attachment_id": 27})
	calltest.Contains(t, told, "The link to the file is not known", "missing_scope")
	if results["url"] != nil || results["file_id"] == nil {
		t.Errorf("the results are %v", results)
	}
	b.slack.Fail("files.completeUploadExternal", slacktest.Fault{Posted: true, Drop: true})
	calltest.Contains(t, b.fails(inputs{"attachment_id": 27}), "it is not known whether Slack posted", "missing_scope")
}

// The file is posted; only nobody knows where its message is.
func TestShareThatDoesNotAppear(t *testing.T) {
	b := newBench(t, options{shareAfter: 1 << 30})
	b.put(resilienttest.File{ID: 27, Incident: incident, Name: "a.txt"}, "a")
	results, told := b.goes(inputs{"attachment_id": 27})
	calltest.Contains(t, told, "does not show it in #soc yet")
	calltest.Contains(t, results["url"].(string), "/files/")
	if link := b.platform.Rows(incident)[0].Cells["slack_db_permalink"]; link != "N/A" {
		t.Errorf("the row has the link %v", link)
	}
}
