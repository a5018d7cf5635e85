package broker

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/go-stomp/stomp/v3/frame"
)

// For a day nothing but heart-beats goes over a connection, and it holds. Then the
// broker falls silent, which is noticed.
func TestADayOfHeartBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		const every, day = 15 * time.Second, 24 * time.Hour
		go func() {
			w := wire.NewWriter(theirs)
			if f, err := wire.NewReader(theirs, 1000).Read(); err != nil || f.Command != frame.CONNECT {
				t.Errorf("%v, %v", f, err)
			}
			_ = w.Write(frame.New(frame.CONNECTED, frame.Version, "1.2", frame.HeartBeat, "15000,15000"))
			for begun := time.Now(); time.Since(begun) < day; time.Sleep(every) {
				_ = w.Flush()
				_ = w.Write(nil)
			}
		}()
		cfg := Config{HeartBeat: every}.filled()
		tcp := newLimited(ours)
		s, err := begin(t.Context(), &cfg, "a:1", tcp, tcp, &firsts{}, &counters{})
		if err != nil {
			t.Fatal(err)
		}
		beats := 0
		go func() {
			for b := make([]byte, 100); ; {
				n, err := theirs.Read(b)
				if err != nil {
					return
				}
				beats += n
			}
		}()
		begun := time.Now()
		<-s.dead
		s.wait()
		theirs.Close()
		synctest.Wait()
		if lived := time.Since(begun); lived < day || lived > day+4*every || !strings.Contains(s.lost().Error(), "nothing heard from the broker for 45s") {
			t.Errorf("dead after %v: %v", lived, s.lost())
		}
		if want := int(day / (every / 2)); beats < want || beats > want+10 {
			t.Errorf("%d heart-beats of ours, want %d", beats, want)
		}
	})
}
