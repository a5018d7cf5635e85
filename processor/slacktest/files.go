package slacktest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxFile is Slack's general limit of a file, in bytes.
const maxFile = 1 << 30

// File is a file that was uploaded. Its bytes are counted and not kept.
type File struct {
	ID, Name, Title string
	Size            int64
	SHA256          string // in hexadecimal
	Channel         string // the id of the one that it was last shared in, "" while it is in none
	Shares          int    // messages that have it, or will when it is looked through

	stored    bool // the bytes are there
	completed time.Time
	looks     int        // files.info was asked since the last completion
	pending   []*Message // what shares it, while it is looked through
}

// Files are those that were completed, in the order in which they were begun.
func (w *Workspace) Files() []File {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []File
	for _, f := range w.files {
		if !f.completed.IsZero() {
			list = append(list, *f)
		}
	}
	return list
}

// file finds a file. The caller holds the lock.
func (w *Workspace) file(id string) *File {
	for _, f := range w.files {
		if f.ID == id {
			return f
		}
	}
	return nil
}

func (w *Workspace) uploadURL(form url.Values) (answer, *refusal) {
	size, err := strconv.ParseInt(form.Get("length"), 10, 64)
	switch {
	case form.Get("filename") == "" || err != nil || size <= 0: // also for an empty file
		return nil, refuse("missing_argument")
	case size > maxFile:
		return nil, refuse("file_upload_size_restricted")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &File{ID: fmt.Sprintf("F0FILE%04d", len(w.files)+1), Name: form.Get("filename"), Size: size}
	w.files = append(w.files, f)
	return answer{"upload_url": w.URL() + "/upload/" + f.ID, "file_id": f.ID}, nil
}

// upload takes the bytes of a file. Its faults are those of a method "upload".
func (w *Workspace) upload(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("file")
	fault := w.fault("upload", url.Values{"file": {id}, "authorization": r.Header.Values("Authorization")})
	if fault.Drop {
		w.wait(r, fault.Delay)
		panic(http.ErrAbortHandler)
	}
	w.mu.Lock()
	f := w.file(id)
	w.mu.Unlock()
	if f == nil {
		http.NotFound(rw, r)
		return
	}
	hash := sha256.New()
	n, err := io.Copy(hash, r.Body)
	if err != nil || n != f.Size {
		http.Error(rw, "the file is not whole", http.StatusBadRequest)
		return
	}
	w.wait(r, fault.Delay)
	if fault.Status != 0 && fault.Status != http.StatusOK {
		http.Error(rw, "not taken", fault.Status)
		return
	}
	w.mu.Lock()
	f.stored, f.SHA256 = r.Method == http.MethodPost, hex.EncodeToString(hash.Sum(nil)) // a PUT is answered, and stores nothing
	w.mu.Unlock()
	fmt.Fprintf(rw, "OK - %d", n)
}

// wait waits before an answer, as long as somebody waits for it.
func (w *Workspace) wait(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-w.gone:
	}
}

// complete shares a file, again where it has been shared before. The message comes
// when the file has been looked through.
func (w *Workspace) complete(form url.Values) (answer, *refusal) {
	var list []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal([]byte(form.Get("files")), &list) != nil || len(list) != 1 { // the service sends one at a time
		return nil, refuse("invalid_arguments")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.file(list[0].ID)
	if f == nil || !f.stored {
		return nil, refuse("file_not_found")
	}
	if id := form.Get("channel_id"); id != "" {
		r := w.byName[id]
		switch {
		case r == nil, r.ID != id, r.Private && r.Outside:
			return nil, refuse("channel_not_found")
		case r.Archived:
			return nil, refuse("is_archived")
		case r.Outside: // chat:write.public is for messages alone
			return nil, refuse("not_in_channel")
		}
		m := &Message{Channel: r.ID, ChannelName: r.Name, ThreadTS: form.Get("thread_ts"), File: f}
		m.Sent.Channel, m.Sent.Text = r.ID, form.Get("initial_comment")
		f.pending = append(f.pending, m)
		f.Shares++
	}
	f.Title, f.looks = list[0].Title, 0
	f.completed = w.cfg.Now()
	if w.cfg.ShareAfter == 0 {
		w.share(f)
	}
	return answer{"files": []answer{{"id": f.ID, "title": f.Title}}}, nil
}

// share posts the messages of a completed file. The caller holds the lock.
func (w *Workspace) share(f *File) {
	for _, m := range f.pending {
		r := w.byName[m.Channel]
		m.TS = w.nextTS()
		if i, ok := r.index(m.ThreadTS); ok {
			r.messages[i].replies++
			r.messages[i].latest = m.TS
		} else {
			m.ThreadTS = ""
		}
		r.messages = append(r.messages, m)
		f.Channel = r.ID
	}
	f.pending = nil
	w.note()
}

func (w *Workspace) fileInfo(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.file(form.Get("file"))
	if f == nil || f.completed.IsZero() {
		return nil, refuse("file_not_found")
	}
	if f.looks++; f.looks > w.cfg.ShareAfter {
		w.share(f)
	}
	return answer{"file": w.fileJSON(f)}, nil
}

// fileList gives the files of a user, or of all, in pages.
func (w *Workspace) fileList(form url.Values) (answer, *refusal) {
	from, _ := strconv.ParseInt(form.Get("ts_from"), 10, 64) // without it all are meant
	count, err := strconv.Atoi(form.Get("count"))
	if err != nil || count < 1 {
		count = 100
	}
	page := max(1, atoi(form.Get("page")))
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []any{}
	for _, f := range w.files {
		if user := form.Get("user"); !f.completed.IsZero() && f.completed.Unix() >= from && (user == "" || user == botUID) {
			list = append(list, w.fileJSON(f))
		}
	}
	pages := (len(list) + count - 1) / count
	list = list[min((page-1)*count, len(list)):min(page*count, len(list))]
	return answer{"files": list, "paging": answer{"count": count, "page": page, "pages": pages}}, nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// fileJSON is a file as Slack's methods give it, with the messages that share it.
// The caller holds the lock.
func (w *Workspace) fileJSON(f *File) answer {
	shares := map[string]map[string][]answer{}
	for _, r := range w.channels {
		for _, m := range r.messages {
			if m.File != f {
				continue
			}
			kind := "public"
			if r.Private {
				kind = "private"
			}
			if shares[kind] == nil {
				shares[kind] = map[string][]answer{}
			}
			share := answer{"ts": m.TS}
			if m.ThreadTS != "" {
				share["thread_ts"] = m.ThreadTS
			}
			shares[kind][r.ID] = append(shares[kind][r.ID], share)
		}
	}
	return answer{
		"id": f.ID, "name": f.Name, "title": f.Title, "size": f.Size, "user": botUID, "created": f.completed.Unix(),
		"permalink": w.URL() + "/files/" + botUID + "/" + f.ID, "shares": shares,
	}
}
