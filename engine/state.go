package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
)

// store keeps the last good version of every script: one file each, written
// beside it and renamed. With an empty dir it keeps nothing.
type store struct{ dir string }

type storedScript struct {
	Name   string         `json:"name"`
	Since  time.Time      `json:"since"`
	Bundle bundle.Program `json:"bundle"`
}

const storeSuffix = ".last-good.json"

func newStore(dir string) (store, error) {
	if dir == "" {
		return store{}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return store{}, fmt.Errorf("make the state folder: %w", err)
	}
	return store{dir}, nil
}

func (st store) path(name string) string { return filepath.Join(st.dir, name+storeSuffix) }

func (st store) save(s *Script, since time.Time) error {
	if st.dir == "" {
		return nil
	}
	b, err := json.Marshal(storedScript{Name: s.Name, Since: since, Bundle: s.bundle})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(st.dir, "."+s.Name+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync() // or a power cut could leave an empty file under the name
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), st.path(s.Name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// load returns the kept version, nil where there is none.
func (st store) load(name, file string) (*Script, time.Time, error) {
	if st.dir == "" {
		return nil, time.Time{}, nil
	}
	b, err := os.ReadFile(st.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, nil
	}
	var kept storedScript
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err == nil && (kept.Name != name || kept.Bundle.Code == "") {
		err = errors.New("it does not hold the script that it is named for")
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the last good version of %s: %w", name, err)
	}
	s := &Script{Name: name, File: file, bundle: kept.Bundle}
	s.identify()
	return s, kept.Since, nil
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
