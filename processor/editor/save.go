package editor

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// saved is what the page sends to have a script written.
type saved struct {
	Script  string `json:"script"`
	Text    string `json:"text"`
	Version string `json:"version"` // of the text that was edited
	Token   string `json:"token"`
}

// refusal is why a script is not written, with the status for it.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

// save writes a script. Who could send this request from elsewhere is held off
// four times: by the name in it (knows), by its origin, by where it comes from,
// and by the token, which only the page can read.
func (pg *Page) save(w http.ResponseWriter, r *http.Request) {
	now, err := pg.write(w, r)
	status, answer := http.StatusOK, map[string]string{"version": now}
	if err != nil {
		status, answer = http.StatusInternalServerError, map[string]string{"error": err.Error()}
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			status = refused.status
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the reader is gone
}

// write returns the version that the script has then.
func (pg *Page) write(w http.ResponseWriter, r *http.Request) (string, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return "", &refusal{http.StatusForbidden, "scripts are written from this machine only"}
	}
	var s saved
	r.Body = http.MaxBytesReader(w, r.Body, 8*wire.DefaultSource) // what JSON makes of the largest script at worst
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&s) != nil {
		return "", &refusal{http.StatusBadRequest, "the request is not JSON, or too long"}
	}
	if subtle.ConstantTimeCompare([]byte(s.Token), []byte(pg.token)) != 1 {
		return "", &refusal{http.StatusForbidden, "the page is of an earlier run: load it again"}
	}
	if len(s.Text) > wire.DefaultSource {
		return "", &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("a script may have %d bytes, this has %d", wire.DefaultSource, len(s.Text))}
	}
	// A name that the engine has found in the folder has no way out of it, and only
	// of such names the page has had the text.
	if _, opened := pg.opened.Load(s.Script); !opened {
		return "", &refusal{http.StatusNotFound, "there is no script of that name"}
	}
	pg.saving.Lock()
	defer pg.saving.Unlock()
	root, err := os.OpenRoot(pg.cfg.Desk.Dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	before, mode, err := read(root, s.Script)
	now := version(before)
	if errors.Is(err, fs.ErrNotExist) {
		now, mode, err = "", 0o644, nil
	}
	switch {
	case err != nil:
		return "", err
	case now == s.Version:
	case now == "":
		return "", &refusal{http.StatusConflict, s.Script + " is gone: save once more to write it again"}
	default:
		return "", &refusal{http.StatusConflict, s.Script + " was changed elsewhere meanwhile: load it again, or save once more to overwrite that"}
	}
	return version(s.Text), replace(root, s.Script, s.Text, mode)
}

// read reads a script that may be written.
func read(root *os.Root, name string) (text string, mode fs.FileMode, err error) {
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return "", 0, err
	case !info.Mode().IsRegular():
		return "", 0, &refusal{http.StatusForbidden, name + " is a link: edit what it leads to"}
	case info.Size() > wire.DefaultSource:
		return "", 0, &refusal{http.StatusForbidden, name + " is too large to be a script"}
	}
	data, err := root.ReadFile(name)
	return string(data), info.Mode().Perm(), err
}

// replace writes beside the file and renames, so that nobody reads half of it.
func replace(root *os.Root, name, text string, mode fs.FileMode) error {
	beside := "." + name + ".saving" // the engine passes over such names
	err := root.WriteFile(beside, []byte(text), mode)
	if err == nil {
		err = root.Rename(beside, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(beside))
	}
	return nil
}

// version tells whether somebody else has changed a text.
func version(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
