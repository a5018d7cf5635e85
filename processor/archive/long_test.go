package archive_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
)

// The messages of a long history are on disk, and not in memory. With
// FN_SLACK_TEST_LONG they are 100,000, else 5,000, of one kilobyte each.
func TestALongHistoryInLittleMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is read from /proc")
	}
	messages := 5000
	if os.Getenv("FN_SLACK_TEST_LONG") != "" {
		messages = 100_000
	}
	d := newDrill(t)
	filler, parent := strings.Repeat(" word", 200), ""
	for i := range messages {
		text := fmt.Sprint("message ", i, filler)
		switch i % 1000 {
		case 0:
			parent = say(d.Slack, "inc-2223", text)
		case 1, 2, 3:
			say(d.Slack, "inc-2223", text, inputs{"thread_ts": parent})
		default:
			say(d.Slack, "inc-2223", text)
		}
	}
	before, begun := d.peak(), time.Now()
	d.Send("invid:1", body(t, inputs{"slack_channel_id": "C0ROOM0000"}))
	for end := time.Now().Add(5 * time.Minute); d.Answered() == 0 && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond)
	}
	grown := d.peak() - before
	t.Logf("%d messages took %s and %d MiB", messages, time.Since(begun).Round(time.Millisecond), grown>>20)
	if grown > 40<<20 {
		t.Errorf("%d bytes of memory for %d messages", grown, messages)
	}
	uploads := d.Platform.Uploads()
	if len(uploads) != 2 {
		t.Fatalf("%d attachments; %d answers", len(uploads), d.Answered())
	}
	for _, u := range uploads {
		if n := bytes.Count(u.Content, []byte("message ")); n != messages {
			t.Errorf("%s has %d of %d messages", u.Name, n, messages)
		}
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the service has had, in bytes.
func (d drill) peak() int64 {
	d.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.PID()))
	calltest.Must(d.T, err)
	m := highWater.FindSubmatch(status)
	if m == nil {
		d.Fatalf("no peak in %s", status)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	calltest.Must(d.T, err)
	return kb << 10
}
