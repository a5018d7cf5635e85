package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// Snapshot is the scripts folder as it was read at one moment: all that a script
// can be, can import, or can be tried on. It never changes.
type Snapshot struct {
	missing  bool
	files    map[string]string // names below the folder to contents
	unusable map[string]string // other such files, and why they cannot be used
	folders  []string          // to watch, absolute
	sum      string            // over all files
}

// A folder beyond these is not a scripts folder, and is refused as a whole: what
// is read here lies in memory until all of it is loaded.
const (
	maxScripts   = 500
	maxFiles     = 1000 // with what they import, samples aside
	maxFolder    = 8 << 20
	maxSamples   = 10_000
	maxSampleAll = 32 << 20 // bytes of all samples
	maxEntries   = 50_000   // names in one folder, whatever they are
	maxDepth     = 8
	dataLinkName = "..data"
)

// MaxSample bounds one sample, in bytes; a call of the platform is at most about
// this large (ActiveMQ's usual frame limit).
const MaxSample = 1 << 20

// ReadFolder reads a scripts folder as the engine does. A folder that is not
// there is an empty one. Symbolic links are followed as long as they lead to a
// place below the folder, or below the folder that a link named ..data leads to,
// which is how config maps are mounted; that one must itself lie below the
// folder's parent, or it would open the whole file system. limit bounds a file
// that is no sample, in bytes; 0 is DefaultSource. It returns within a second of the
// end of ctx, also where the folder hangs.
func ReadFolder(ctx context.Context, dir string, limit int) (*Snapshot, error) {
	var s *Snapshot
	var err error
	if hung := unlessHung(ctx, func() { s, err = readFolder(ctx, dir, limit) }); hung != nil {
		return nil, hung
	}
	return s, err
}

func readFolder(ctx context.Context, dir string, limit int) (*Snapshot, error) {
	s := &Snapshot{files: map[string]string{}, unusable: map[string]string{}}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s.missing = true
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	r := reader{Snapshot: s, ctx: ctx, limit: cmp.Or(limit, wire.DefaultSource)}
	roots := []string{real}
	if data, err := filepath.EvalSymlinks(filepath.Join(real, dataLinkName)); err == nil && mayHoldData(real, data) {
		roots = append(roots, data)
	}
	for _, name := range roots {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		r.roots = append(r.roots, openRoot{name, root})
	}
	if err := r.folder(r.roots[0].root, real, "", 0); err != nil {
		return nil, err
	}
	s.sum = s.computeSum()
	return s, nil
}

// mayHoldData reports whether ..data may lead from the folder dir to data, which
// is not below it.
func mayHoldData(dir, data string) bool {
	parent := filepath.Dir(dir)
	return parent != filepath.Dir(parent) && data != parent && within(parent, data) && !within(dir, data) && !within(data, dir)
}

// importable are the files that a script can be made of.
func (s *Snapshot) importable() map[string]string {
	files := maps.Clone(s.files)
	maps.DeleteFunc(files, func(name, _ string) bool { return bundle.IsSample(name) })
	return files
}

// Text is the content of a file below the folder, by its name with slashes. The
// error of one that is not there is fs.ErrNotExist.
func (s *Snapshot) Text(name string) (string, error) {
	if text, ok := s.files[name]; ok {
		return text, nil
	}
	if why, ok := s.unusable[name]; ok {
		return "", fmt.Errorf("%s %s", name, why)
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// Names lists the files in one folder below the scripts folder, usable or not.
func (s *Snapshot) Names(folder string) []string {
	var names []string
	for _, files := range []map[string]string{s.files, s.unusable} {
		for name := range files {
			if path.Dir(name) == folder {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

type openRoot struct {
	path string
	root *os.Root
}

type reader struct {
	*Snapshot
	ctx     context.Context
	limit   int
	roots   []openRoot
	buf     bytes.Buffer
	scripts int
	code    tally
	samples tally
}

type tally struct{ files, bytes int }

// folder reads what lies in a folder of the name below, which is open as at and
// found at the path dir.
func (r *reader) folder(at *os.Root, dir, below string, depth int) error {
	r.folders = append(r.folders, dir)
	entries, err := readDir(at)
	if err != nil {
		if below == "" {
			return err
		}
		r.unusable[below] = "cannot be read: " + plain(err)
		return nil
	}
	for _, entry := range entries {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		name := path.Join(below, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" {
			continue
		}
		full := filepath.Join(dir, entry.Name())
		p := place{root: at, name: entry.Name(), mode: entry.Type()}
		if p.mode&fs.ModeSymlink != 0 {
			p = r.follow(full)
		}
		if !p.mode.IsDir() {
			if wanted(entry.Name()) {
				if err := r.file(p, name); err != nil {
					return err
				}
			}
			continue
		}
		if depth == maxDepth {
			continue
		}
		sub, err := p.root.OpenRoot(p.name)
		if err != nil {
			r.unusable[name] = "cannot be read: " + plain(err)
			continue
		}
		err = r.folder(sub, full, name, depth+1)
		sub.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// readDir lists a folder of a bounded number of entries, by name.
func readDir(at *os.Root) ([]fs.DirEntry, error) {
	f, err := at.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(maxEntries + 1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("it has more than %d entries", maxEntries)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// file reads one file into the snapshot. The error says that the folder is too
// large to be one of scripts.
func (r *reader) file(p place, name string) error {
	count, limit := &r.code, r.limit
	if bundle.IsSample(name) {
		count, limit = &r.samples, MaxSample
	}
	text, bad := "", ""
	if isScript(name) {
		r.scripts++
	}
	if isScript(name) && r.scripts > maxScripts {
		bad = fmt.Sprintf("is one script too many: at most %d are loaded", maxScripts)
	} else {
		text, bad = p.read(&r.buf, limit)
	}
	if bad != "" {
		r.unusable[name] = bad
	} else {
		r.files[name] = text
	}
	count.files++
	count.bytes += len(text)
	switch {
	case r.code.files > maxFiles || r.code.bytes > maxFolder:
		return fmt.Errorf("it holds more than %d scripts and files for import, or more than %d bytes of them", maxFiles, maxFolder)
	case r.samples.files > maxSamples || r.samples.bytes > maxSampleAll:
		return fmt.Errorf("it holds more than %d samples, or more than %d bytes of them", maxSamples, maxSampleAll)
	}
	return nil
}

// place is where an entry of a folder lies: a name below an open folder, which no
// link can lead out of. bad is why it must not be opened.
type place struct {
	root *os.Root
	name string
	mode fs.FileMode
	bad  string
}

// follow finds what a link leads to.
func (r *reader) follow(full string) place {
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return place{bad: "cannot be read: " + plain(err)}
	}
	for _, root := range r.roots {
		rel, err := filepath.Rel(root.path, real)
		if err != nil || !within(root.path, real) {
			continue
		}
		info, err := root.root.Stat(rel)
		if err != nil {
			return place{bad: "cannot be read: " + plain(err)}
		}
		return place{root: root.root, name: rel, mode: info.Mode()}
	}
	return place{bad: "is a link to a place outside the scripts folder"}
}

// read returns the text of a file, or why it cannot be used. It does not wait for
// anything: a FIFO or a device is no file, also where one takes the place of a file
// between the look and the opening.
func (p place) read(buf *bytes.Buffer, limit int) (text, bad string) {
	if p.bad != "" {
		return "", p.bad
	}
	if !p.mode.IsRegular() {
		return "", "is not a file"
	}
	f, err := p.root.OpenFile(p.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", "cannot be read: " + plain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", "is not a file"
	}
	buf.Reset()
	buf.Grow(int(min(info.Size(), int64(limit))) + bytes.MinRead)             // and for the read that finds the end
	if _, err = buf.ReadFrom(io.LimitReader(f, int64(limit)+4)); err != nil { // and a byte order mark
		return "", "cannot be read: " + plain(err)
	}
	b := bytes.TrimPrefix(buf.Bytes(), []byte("\xef\xbb\xbf"))
	switch {
	case len(b) > limit:
		return "", fmt.Sprintf("is larger than the limit of %d bytes", limit)
	case len(bytes.TrimSpace(b)) == 0:
		return "", "is empty"
	case bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b):
		return "", "is not UTF-8 text"
	}
	return string(b), ""
}

// plain is an error without the path, which is in front of the message anyway.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func within(root, name string) bool {
	return name == root || strings.HasPrefix(name, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
}

// wanted reports whether a file can be a script, be imported, or be a sample.
func wanted(base string) bool {
	ext := path.Ext(base)
	return (slices.Contains(bundle.ScriptExtensions, ext) || ext == ".json" || slices.Contains(bundle.TextExtensions, ext)) && !strings.HasSuffix(base, ".d.ts") && !strings.HasPrefix(base, "#")
}

// isScript reports whether a name below the folder is that of a script.
func isScript(name string) bool {
	return !strings.Contains(name, "/") && slices.Contains(bundle.ScriptExtensions, path.Ext(name)) && wanted(name) &&
		!strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// scripts lists the names that are, or should be, scripts.
func (s *Snapshot) scripts() []string {
	var names []string
	for _, files := range []map[string]string{s.files, s.unusable} {
		for name := range files {
			if isScript(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (s *Snapshot) computeSum() string {
	var names []string
	for name := range s.files {
		names = append(names, name)
	}
	for name, why := range s.unusable {
		names = append(names, name+"\x00"+why)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%s\x00%s\n", name, sum(s.files[name]))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
