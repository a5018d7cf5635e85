package bundle

import (
	"path"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
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
		b := Program{
			Code: bundleHead + "one\ntwo\nthree", Mappings: mappings, Sources: []string{"a.js"}, Texts: map[string]string{"a.js": "x\ny\n"},
		}
		pos, ok := b.Locate(wire.Position{Line: line % 64, Column: column % 64})
		if ok && pos.File != "a.js" {
			t.Errorf("got the file %q", pos.File)
		}
	})
}

func FuzzResolve(f *testing.F) {
	f.Add("a.js", "./lib/x")
	f.Add("lib/a.js", "../../etc/passwd")
	f.Add("lib/a.js", "./../x.js")
	r := wire.BundleRequest{Files: map[string]string{"a.js": "", "x.js": "", "lib/x.ts": "", "lib/index.js": ""}}
	f.Fuzz(func(t *testing.T, importer, spec string) {
		name, err := resolve(r, importer, spec)
		if err != nil {
			return
		}
		if _, ok := r.Files[name]; !ok || path.IsAbs(name) || strings.Contains(name, "..") {
			t.Errorf("%q of %q is %q, which is not in the folder", spec, importer, name)
		}
	})
}
