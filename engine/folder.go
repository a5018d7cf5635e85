package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// snapshot is the folder as it was read at one moment.
type snapshot struct {
	missing  bool
	files    map[string]string // what can be a script, be imported or be a sample: names below the folder to contents
	unusable map[string]string // other such files, and why they cannot be used
	folders  []string          // to watch, absolute
	sum      string            // over all files
}

// A folder beyond these is not a scripts folder, and is refused as a whole.
const (
	maxFiles     = 1000
	maxDepth     = 8
	maxFolder    = 8 << 20 // bytes of all files
	dataLinkName = "..data"
)

// readFolder reads everything that could matter, so that what is bundled
// later cannot lie anywhere else. Symbolic links are followed as long as they
// lead to a place below the folder, or below the folder that a link named
// ..data leads to, which is how config maps are mounted.
func readFolder(dir string, limits Limits) (*snapshot, error) {
	s := &snapshot{files: map[string]string{}, unusable: map[string]string{}}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s.missing = true
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	r := reader{snapshot: s, limit: limits.Source}
	roots := []string{real}
	if data, err := filepath.EvalSymlinks(filepath.Join(real, dataLinkName)); err == nil && !within(real, data) {
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
	if err := r.folder(real, "", 0); err != nil {
		return nil, err
	}
	s.sum = s.computeSum()
	return s, nil
}

type openRoot struct {
	path string
	root *os.Root
}

type reader struct {
	*snapshot
	limit int
	roots []openRoot
	total int
}

func (r *reader) folder(dir, below string, depth int) error {
	r.folders = append(r.folders, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		if below == "" {
			return err
		}
		return nil // gone meanwhile; whoever imports from it will say so
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" {
			continue
		}
		full := filepath.Join(dir, entry.Name())
		info, err := os.Stat(full)
		if err == nil && info.IsDir() {
			if inside, _, _ := r.inside(full); inside != nil && depth < maxDepth {
				if err := r.folder(full, name, depth+1); err != nil {
					return err
				}
			}
			continue
		}
		if !wanted(entry.Name()) {
			continue
		}
		if len(r.files) == maxFiles || r.total > maxFolder {
			return fmt.Errorf("it holds more than %d .js, .mjs, .ts and .json files, or more than %d bytes of them", maxFiles, maxFolder)
		}
		text, bad := r.read(full)
		if bad != "" {
			r.unusable[name] = bad
			continue
		}
		r.total += len(text)
		r.files[name] = text
	}
	return nil
}

// inside finds the root that a path leads into after all links.
func (r *reader) inside(full string) (*os.Root, string, error) {
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return nil, "", err
	}
	for _, root := range r.roots {
		if within(root.path, real) {
			rel, err := filepath.Rel(root.path, real)
			return root.root, rel, err
		}
	}
	return nil, "", nil
}

// read returns the text of a file, or why it cannot be used.
func (r *reader) read(full string) (text, bad string) {
	root, rel, err := r.inside(full)
	if err != nil {
		return "", "cannot be read: " + plain(err)
	}
	if root == nil {
		return "", "is a link to a place outside the scripts folder"
	}
	info, err := root.Stat(rel)
	if err != nil {
		return "", "cannot be read: " + plain(err)
	}
	if !info.Mode().IsRegular() {
		return "", "is not a file"
	}
	f, err := root.Open(rel)
	if err != nil {
		return "", "cannot be read: " + plain(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(r.limit)+4)) // and a byte order mark
	if err != nil {
		return "", "cannot be read: " + plain(err)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	switch {
	case len(b) > r.limit:
		return "", fmt.Sprintf("is larger than the limit of %d bytes", r.limit)
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
	return (slices.Contains(scriptExtensions, ext) || ext == ".json") && !strings.HasSuffix(base, ".d.ts") && !strings.HasPrefix(base, "#")
}

// isScript reports whether a name below the folder is that of a script.
func isScript(name string) bool {
	return !strings.Contains(name, "/") && slices.Contains(scriptExtensions, path.Ext(name)) && wanted(name) &&
		!strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// scripts lists the names that are, or should be, scripts.
func (s *snapshot) scripts() []string {
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

func (s *snapshot) computeSum() string {
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
