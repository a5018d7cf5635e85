package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRenderRequestHeader(t *testing.T) {
	want := RenderRequest{
		Keys:  []string{"a.js@1", "", "ü.ts@2"},
		Time:  time.Date(1969, 7, 20, 20, 17, 40, 123456789, time.UTC),
		Seed:  "delivery\x001",
		Texts: []string{"", "{}", strings.Repeat("ü", 300)},
	}
	header := want.appendTo(nil)
	got, err := ReadRenderRequest(header)
	if err != nil {
		t.Fatal(err)
	}
	got.Time = got.Time.UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for n := range header {
		if r, err := ReadRenderRequest(header[:n]); err == nil {
			t.Errorf("the first %d bytes alone are read as %+v", n, r)
		}
	}
	if _, err := ReadRenderRequest(append(header, 0)); err == nil {
		t.Error("a byte too many is not noticed")
	}
}

func TestBundleRequestCarriesTheFiles(t *testing.T) {
	want := BundleRequest{Entry: "a.js", Files: map[string]string{"a.js": "import './lib/ü.ts'", "lib/ü.ts": "é\n", "empty.json": ""}}
	sent := want
	body := sent.Pack()
	header, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got BundleRequest
	if err := json.Unmarshal(header, &got); err != nil {
		t.Fatal(err)
	}
	if err := got.Unpack(body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Files, got.Files); diff != "" {
		t.Error(diff)
	}
	for _, sizes := range [][]int{{1}, {len(body) + 1, 0, 0}, {-1, 0, 0}, {len(body), 0, 1}} {
		got.Sizes = sizes
		if err := got.Unpack(body); err == nil {
			t.Errorf("sizes %v of %d bytes are taken", sizes, len(body))
		}
	}
}

func TestReplyHeader(t *testing.T) {
	for _, want := range []Reply{
		{CPU: -1},
		{CPU: 12, Memory: 1 << 40, Varies: true, Aside: 70_000},
		{CPU: 1, Memory: 2, Console: []Line{{Level: "log", Text: "x"}}, Error: &Error{Kind: KindThrow, Message: "y"}},
	} {
		header, err := want.appendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadReply(header)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	}
	if _, err := ReadReply(make([]byte, replyNumbers-1)); err == nil {
		t.Error("a header that is too short is read")
	}
}
