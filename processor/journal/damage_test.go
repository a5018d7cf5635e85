package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled is the file of a killed process, and for some calls from where on in it
// they are decided.
func filled(t *testing.T) (whole []byte, answered map[string]int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 3)
	answered = map[string]int{}
	for i := range 12 {
		id := fmt.Sprint("call ", i)
		begin(t, j, id, Begun, true)
		must(t, j.Step(id, "post", json.RawMessage(`"1.2"`)))
		if i%4 == 3 {
			continue
		}
		must(t, j.Decided(id, []byte(id)))
		if i%4 == 0 {
			must(t, j.Settled(id))
			continue
		}
		answered[id] = int(j.size)
	}
	whole, err := os.ReadFile(path)
	must(t, err)
	return whole, answered
}

// take reads a file as Open does, and complains where an answer is gone that stood
// in front of the damage.
func take(t *testing.T, path string, damagedAt int, answered map[string]int) *Journal {
	t.Helper()
	j := &Journal{path: path, log: slog.New(slog.DiscardHandler)}
	p, err := j.takeOver(3)
	must(t, err)
	for id, end := range answered {
		if e := p.known.open[keyOf(id)]; end <= damagedAt && (e.State != Decided || string(e.Reply) != id) {
			t.Errorf("damage at %d: %s is %+v, and was decided at %d", damagedAt, id, e, end)
		}
	}
	return j
}

// Wherever the file ends, all records before are there; an end within one is told.
func TestEveryPrefix(t *testing.T) {
	whole, answered := filled(t)
	path := filepath.Join(t.TempDir(), "j")
	ends := 0
	for n := range len(whole) + 1 {
		must(t, os.WriteFile(path, whole[:n], 0o600))
		if j := take(t, path, n, answered); !j.Lost() {
			ends++
		}
	}
	if records := 1 + 12 + 12 + 9 + 3; ends != records { // an empty file is a loss
		t.Errorf("%d ends are taken for those of the file, want those of its %d records", ends, records)
	}
}

// Whatever byte is another, it is told, and all records before are there.
func TestEveryFlippedByte(t *testing.T) {
	whole, answered := filled(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	for n := range whole {
		for _, flip := range []byte{1 << (n % 8), 0xff} {
			whole[n] ^= flip
			must(t, os.WriteFile(path, whole, 0o600))
			whole[n] ^= flip
			if j := take(t, path, n, answered); !j.Lost() {
				t.Errorf("byte %d flipped by %x: nothing is lost", n, flip)
			}
		}
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	whole, answered := filled(t)
	middle := len(whole) / 2
	for name, content := range map[string][]byte{
		"text":        []byte(strings.Repeat("this is not a journal\n", 1000)),
		"noise":       append(bytes.Clone(whole[:middle]), bytes.Repeat([]byte{0xa5}, len(whole)-middle)...),
		"a hole":      append(append(bytes.Clone(whole[:middle]), make([]byte, 100)...), whole[middle+100:]...),
		"a gap":       append(bytes.Clone(whole[:middle]), whole[middle+1:]...),
		"zeros after": append(bytes.Clone(whole), make([]byte, 5000)...),
		"noise after": append(bytes.Clone(whole), bytes.Repeat([]byte{0xa5}, 100)...),
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, content)
			var log bytes.Buffer
			j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
			must(t, err)
			defer j.Close()
			begin(t, j, "new", Begun, true)
			if !bytes.Equal(content[:20], whole[:20]) {
				answered = nil
			}
			for id, end := range answered {
				if end <= middle {
					begin(t, j, id, Decided, false)
				}
			}
			aside, _ := filepath.Glob(path + ".damaged-*")
			if len(aside) != 1 || strings.Count(log.String(), "set aside") != 1 || !j.Lost() {
				t.Errorf("set aside: %v, lost %v, log: %s", aside, j.Lost(), &log)
			}
		})
	}
}

// Half a record is no reason to set anything aside.
func TestTornEndIsCutOff(t *testing.T) {
	whole, _ := filled(t)
	path := written(t, whole[:len(whole)-1])
	var log bytes.Buffer
	j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	defer j.Close()
	begin(t, j, "call 2", Decided, false)
	aside, _ := filepath.Glob(path + ".damaged-*")
	if len(aside) > 0 || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "end of the journal") {
		t.Errorf("set aside: %v, log: %s", aside, &log)
	}
}

// Damage that comes while the journal is in use does not disturb its process,
// which knows all from memory; the next one learns of it.
func TestDamageInUse(t *testing.T) {
	for name, damage := range map[string]func(path string, size int) error{
		"noise": func(path string, size int) error {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, size/2), int64(size/2))
			return err
		},
		"cut short": func(path string, size int) error { return os.Truncate(path, int64(size/2)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j")
			j := open(t, path, 0)
			for i := range 20 {
				begin(t, j, fmt.Sprint("call ", i), Begun, true)
			}
			must(t, damage(path, int(j.size)))
			must(t, j.Decided("call 19", nil))
			must(t, j.Close())
			j = open(t, path, 0)
			begin(t, j, "call 1", Begun, false)
			begin(t, j, "call 19", Begun, true)
			if !j.Lost() {
				t.Error("nothing is lost")
			}
			must(t, j.Close())
			if j = open(t, path, 0); j.Lost() {
				t.Error("lost again")
			}
		})
	}
}

// elsewhere is a file as another start of the machine has left it, with further
// records at its end.
func elsewhere(t *testing.T, j *Journal, end ...record) string {
	t.Helper()
	opening := j.opening
	opening.name = "another boot"
	b := j.known.appendTo(opening.appendTo(nil))
	for _, r := range end {
		b = r.appendTo(b)
	}
	return written(t, b)
}

// What begun entries a file lacks shows by how it ends, and by the boot.
func TestLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	says := func(j *Journal, lost bool) {
		t.Helper()
		if j.Lost() != lost {
			t.Errorf("lost is %v, want %v", j.Lost(), lost)
		}
	}
	j := open(t, path, 0)
	says(j, false) // a new one
	begin(t, j, "a", Begun, true)
	says(open(t, killed(t, path), 0), bootID() == "")
	must(t, j.Close())
	if p, err := readFile(path, 1); err != nil || !p.closed {
		t.Errorf("the file does not say that it was closed: %v", err)
	}
	j = open(t, path, 0)
	says(j, false) // closed in order
	says(open(t, elsewhere(t, j, record{kind: closed}), 0), false)
	says(open(t, elsewhere(t, j, record{kind: closed}, record{kind: settled}), 0), true)

	j = open(t, elsewhere(t, j), 0)
	begin(t, j, "a", Begun, false)
	says(j, true) // not closed when the machine stopped
}

// The journal of an earlier version cannot be read any more.
func TestJournalOfAnEarlierVersion(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.log")
	must(t, os.WriteFile(filepath.Join(dir, "journal.db"), []byte("bbolt"), 0o600))
	var log bytes.Buffer
	j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	if _, err := os.Stat(filepath.Join(dir, "journal.db.old")); err != nil || !j.Lost() || !strings.Contains(log.String(), "earlier version") {
		t.Errorf("lost %v, %v, log: %s", j.Lost(), err, &log)
	}
	must(t, j.Close())
	if j = open(t, path, 0); j.Lost() {
		t.Error("the next one has lost something")
	}
}

// A process that died after it had set the file aside, and before it had another.
func TestDeathAfterSettingAside(t *testing.T) {
	for _, aside := range []string{"journal.log.damaged-20260102T030405", "journal.db.old"} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, aside), []byte("damaged"), 0o600))
		if j := open(t, filepath.Join(dir, "journal.log"), 0); !j.Lost() {
			t.Errorf("with %s nothing is lost", aside)
		}
	}
}
