package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
)

// store keeps the last good version of every script: one file each, written
// beside it and renamed. A file begins with the hash of the rest, and is believed
// only if that is right and nobody else can have written it. With an empty dir
// nothing is kept.
type store struct {
	dir     string
	program string // this very program with its limits; see proof
}

// keptScript is a version that went live at some time, and by what proof.
type keptScript struct {
	script *Script
	since  time.Time
	proof  string
}

type storedScript struct {
	Name     string         `json:"name"`
	Since    time.Time      `json:"since"`
	Proof    string         `json:"proof"`
	Bundle   bundle.Program `json:"bundle"`
	Warnings []*ScriptError `json:"warnings,omitempty"`
}

const storeSuffix = ".last-good.json"

func newStore(c Config) (store, error) {
	if c.StateDir == "" {
		return store{}, nil
	}
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return store{}, fmt.Errorf("make the state folder: %w", err)
	}
	program, err := os.Stat(c.Command[0])
	if err != nil {
		return store{}, fmt.Errorf("find the program of the workers: %w", err)
	}
	// What is built without a version, also in an image, differs in its file.
	build, _ := debug.ReadBuildInfo()
	return store{c.StateDir, sum(fmt.Sprint(build, program.Size(), program.ModTime().UnixNano(), c.Limits))}, nil
}

func (st store) path(name string) string { return filepath.Join(st.dir, name+storeSuffix) }

func (st store) save(k keptScript) error {
	if st.dir == "" {
		return nil
	}
	b, err := json.Marshal(storedScript{Name: k.script.Name, Since: k.since, Proof: k.proof, Bundle: k.script.bundle, Warnings: k.script.Warnings})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(st.dir, "."+k.script.Name+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(sum(string(b)) + "\n" + string(b))
	if err == nil {
		err = f.Sync() // or a power cut could leave an empty file under the name
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), st.path(k.script.Name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// load returns the kept version, nil where there is none.
func (st store) load(name, file string) (*keptScript, error) {
	if st.dir == "" {
		return nil, nil
	}
	b, err := readOwn(st.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	hash, body, _ := strings.Cut(string(b), "\n")
	if err == nil && hash != sum(body) {
		err = errNotKept
	}
	var k storedScript
	if err == nil {
		err = json.Unmarshal([]byte(body), &k)
	}
	if err == nil && (k.Name != name || k.Bundle.Code == "") {
		err = errors.New("it does not hold the script that it is named for")
	}
	if err != nil {
		return nil, fmt.Errorf("read the last good version of %s: %w", name, err)
	}
	s := &Script{Name: name, File: file, Warnings: k.Warnings, bundle: k.Bundle}
	s.identify()
	return &keptScript{s, k.Since, k.Proof}, nil
}

// errNotKept is about a file that holds no version that was kept.
var errNotKept = errors.New("it is damaged, or of an earlier version of this program")

// readOwn reads a file that only the user of this process can have written.
func readOwn(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO is not waited for
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || writtenByOthers(info) {
		return nil, errors.New("it belongs to another user, or others may write to it")
	}
	return io.ReadAll(f)
}

func (st store) remove(name string) error {
	if st.dir == "" {
		return nil
	}
	if err := os.Remove(st.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// names lists the scripts of which a version is kept.
func (st store) names() []string {
	if st.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(st.dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), storeSuffix); ok {
			out = append(out, name)
		}
	}
	return out
}

// proof stands for all by which it was decided that a version is good: the program
// with its limits, the files that the script is made of and what was made of them,
// and the samples in the folder of its name, on which it may have been tried.
func (l *loader) proof(s *Script, snap *Snapshot) string {
	var list strings.Builder
	fmt.Fprintln(&list, l.store.program, s.SHA256, sum(s.bundle.Code))
	for _, name := range snap.Names("samples/" + strings.TrimSuffix(s.Name, path.Ext(s.Name))) {
		fmt.Fprintln(&list, name, sum(snap.files[name]), snap.unusable[name])
	}
	return sum(list.String())
}

// proveAfter is how long what was good before a restart is used before it is put to
// the test again: the calls that have waited for the restart come first.
const proveAfter = 2 * time.Second

// takeKept brings the kept version live at once where it is what the file and its
// samples would give, and was good with this very program.
func (l *loader) takeKept(name string, en *entry, snap *Snapshot) bool {
	start := time.Now()
	k, err := l.store.load(name, l.file(name))
	if k == nil || err != nil || !k.script.unchanged(snap) || k.proof != l.proof(k.script, snap) {
		return false // restore tells of the error, where the file is no good
	}
	en.live, en.since, en.proof, en.kept = k.script, k.since, k.proof, k.proof
	en.prove = time.Now().Add(proveAfter)
	l.tellLive(en.live, "script live, as it was before", start)
	return true
}

// restore brings the kept version of a script live whose file is broken when
// the service starts. It must pass as well: the program may be a newer one.
func (l *loader) restore(ctx context.Context, name string, en *entry, snap *Snapshot) {
	k, err := l.store.load(name, l.file(name))
	if k == nil && err == nil {
		return
	}
	if err != nil {
		if errors.Is(err, errNotKept) {
			err = errors.Join(err, l.store.remove(name))
		}
	} else {
		err = l.e.load(ctx, k.script, nil)
	}
	if err == nil {
		err = l.check(ctx, k.script, snap)
	}
	if err != nil {
		l.e.config.Log.Error("the last good version of a script cannot be used", "script", name, "err", err)
		return
	}
	en.live, en.since, en.proof, en.kept = k.script, k.since, k.proof, k.proof
	l.e.tell(Event{Kind: EventRestored, Script: name, SHA256: k.script.SHA256})
}

// keep stores the versions that have gone live since the last time, when they have:
// a message need not wait for the disk.
func (l *loader) keep() {
	for name, en := range l.entries {
		if en.live == nil || en.kept == en.proof {
			continue
		}
		en.kept = en.proof // a disk that is full is told of once
		if err := l.store.save(keptScript{en.live, en.since, en.proof}); err != nil {
			l.e.config.Log.Error("the last good version of a script cannot be kept", "script", name, "err", err)
		}
	}
}

// forget removes kept versions of scripts that are not in the folder any more.
func (l *loader) forget(names []string) {
	for _, name := range l.store.names() {
		if !slices.Contains(names, name) && l.entries[name] == nil {
			if err := l.store.remove(name); err != nil {
				l.e.config.Log.Error("the last good version of a script cannot be removed", "script", name, "err", err)
			}
		}
	}
}
