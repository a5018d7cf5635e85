//go:build unix

package engine

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What has no end, or never begins, is an error of its file; the rest is read.
func TestWhatIsNoFileIsNotRead(t *testing.T) {
	dir := write(t, map[string]string{"good.js": says("good"), "samples/good/a.json": "{}"})
	for _, name := range []string{"fifo.js", "lib/fifo.js", "samples/good/fifo.json", "samples/good/a.want.json"} {
		put(t, dir, map[string]string{filepath.Dir(name) + "/keep.txt": "x"})
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Skip(err)
		}
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "socket.js"))
	must(t, err)
	defer socket.Close()
	must(t, os.Symlink("/dev/zero", filepath.Join(dir, "zero.js")))
	must(t, os.Symlink("/proc/self/fd/0", filepath.Join(dir, "stdin.js")))
	folder, err := ReadFolder(t.Context(), dir, 0)
	must(t, err)
	for _, name := range []string{"fifo.js", "lib/fifo.js", "samples/good/fifo.json", "samples/good/a.want.json", "socket.js", "zero.js", "stdin.js"} {
		if text, err := folder.Text(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %q, %v, want a reason", name, text, err)
		}
	}
	e := start(t, Config{Dir: dir})
	if got := output(t, e, "good.js"); got != "good" {
		t.Errorf("got %q: %v", got, e.Scripts().Errors())
	}
}
