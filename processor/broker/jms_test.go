package broker_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The platform reads what we send with JMS, and the runtime of its oldest version sent
// texts. ActiveMQ makes bytes of what has a content-length.
func TestConformanceJMSReadsText(t *testing.T) {
	openwire := os.Getenv("FN_SLACK_TEST_ACTIVEMQ_OPENWIRE")
	b := realBrokers[0].target(t)
	if b == nil || openwire == "" {
		t.Skip("FN_SLACK_TEST_ACTIVEMQ and FN_SLACK_TEST_ACTIVEMQ_OPENWIRE do not name a broker")
	}
	calls, answers := queues()
	p := dialPeer(t, b)
	c := consume(t, b.config(t, calls))
	p.send(calls, "invid:1", answers, []byte(`{"function":{}}`))
	d := c.next(t)
	sent := []string{`{"message":"läuft"}`, `{"message":"is it still ours?"}`, `{"message":"✅ a\u0000b"}`, `{"results":{"text":"日本\u0000"}}`}
	for i, err := range []error{
		d.Status(t.Context(), []byte(sent[0])),
		d.Confirm(t.Context(), []byte(sent[1])),
		d.Answer(t.Context(), []byte(sent[2]), []byte(sent[3])),
		d.Ack(t.Context()),
	} {
		if err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	java := exec.CommandContext(t.Context(), "java", "-cp", "/usr/share/activemq/lib/*", "testdata/Types.java", "tcp://"+openwire, answers, "4")
	java.Stderr = os.Stderr
	out, err := java.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, text := range sent {
		want = append(want, "TextMessage "+text)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(want) // who comes late gets what is persistent first
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
