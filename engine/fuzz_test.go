package engine

import (
	"bufio"
	"bytes"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

// encodeVLQ is the other direction of vlq, by the definition.
func encodeVLQ(n int) string {
	v := n << 1
	if n < 0 {
		v = -n<<1 | 1
	}
	var b strings.Builder
	for {
		d := v & 31
		if v >>= 5; v > 0 {
			d |= 32
		}
		b.WriteByte(base64Digits[d])
		if v == 0 {
			return b.String()
		}
	}
}

func FuzzVLQ(f *testing.F) {
	for _, n := range []int{0, 1, -1, 15, 16, -16, 1 << 20, -(1 << 28)} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int) {
		n %= 1 << 29
		text := encodeVLQ(n)
		if got, size := vlq(text + "AAAA"); got != n || size != len(text) {
			t.Errorf("%q: got %d of %d digits, want %d of %d", text, got, size, n, len(text))
		}
	})
}

// A source map can be nonsense, when it comes from a damaged state folder.
func FuzzOriginal(f *testing.F) {
	f.Add("AAAA;AACA,CAAC;;gBAAgB", 3, 7)
	f.Add(";;A,,!", 2, 0)
	f.Fuzz(func(t *testing.T, mappings string, line, column int) {
		s := Script{File: "scripts/a.js", bundle: bundle{
			Code: bundleHead + "one\ntwo\nthree", Mappings: mappings, Sources: []string{"a.js"}, Texts: map[string]string{"a.js": "x\ny\n"},
		}}
		pos, ok := s.bundle.locate(wireFrame{Line: line % 64, Column: column % 64})
		if ok && pos.file != "a.js" {
			t.Errorf("got the file %q", pos.file)
		}
		s.scriptError(&wireError{Frames: []wireFrame{{Line: line % 64, Column: column % 64}}})
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte("body"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, head, body []byte) {
		var wire bytes.Buffer
		w := frameWriter{w: &wire}
		if err := w.write(frameOutput, nil, body); err != nil {
			t.Fatal(err)
		}
		got, err := readFrame(bufio.NewReader(&wire), maxFrame)
		if err != nil || got.kind != frameOutput || len(got.header) != 0 || !bytes.Equal(got.body, body) {
			t.Errorf("got %c %q %q, %v", got.kind, got.header, got.body, err)
		}
		// Whatever comes, the reader neither panics nor makes room for more than there is.
		if got, err := readFrame(bufio.NewReader(bytes.NewReader(head)), 1<<16); err == nil && len(got.header)+len(got.body)+9 > len(head) {
			t.Errorf("%q: a frame of %d bytes", head, len(got.header)+len(got.body))
		}
	})
}

func FuzzResolve(f *testing.F) {
	f.Add("a.js", "./lib/x")
	f.Add("lib/a.js", "../../etc/passwd")
	f.Add("lib/a.js", "./../x.js")
	r := bundleRequest{Files: map[string]string{"a.js": "", "x.js": "", "lib/x.ts": "", "lib/index.js": ""}}
	f.Fuzz(func(t *testing.T, importer, spec string) {
		name, err := r.resolve(importer, spec)
		if err != nil {
			return
		}
		if _, ok := r.Files[name]; !ok || path.IsAbs(name) || strings.Contains(name, "..") {
			t.Errorf("%q of %q is %q, which is not in the folder", spec, importer, name)
		}
	})
}

// The caret stands below the character, whatever the line is.
func FuzzExcerpt(f *testing.F) {
	f.Add("\tconst x = 1;", 8)
	f.Add(strings.Repeat("é", 300), 200)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, line string, column int) {
		if !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r\u2028\u2029") {
			t.Skip()
		}
		lines := strings.Split(excerpt(line, 1, column), "\n")
		if len(lines) != 2 || !strings.HasSuffix(lines[1], "^") {
			t.Fatalf("got %q, want a line and a caret", lines)
		}
		if n := utf8.RuneCountInString(lines[0]); n > excerptWidth+20 {
			t.Errorf("the line has %d characters", n)
		}
	})
}
