package resilient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// File is a file that the platform keeps, as it describes it.
type File struct {
	Name     string
	Size     int64  // in bytes, as the description says
	Of       string // incident, task or artifact
	Incident int

	path string // of its contents, below that of the organisation
}

// Artifact is an artifact of an incident.
type Artifact struct {
	ID     int
	Sample bool  // of malware
	File   *File // nil: it has none
}

// fileJSON is a file as the platform describes it.
type fileJSON struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Type     string `json:"type"`
	Incident int    `json:"inc_id"`
}

func (j fileJSON) file(path string, incident int, of string) File {
	return File{Name: j.Name, Size: j.Size, Of: cmp.Or(j.Type, of), Incident: cmp.Or(j.Incident, incident), path: path + "/contents"}
}

// Attachment describes an attachment of an incident or, where task is not 0, of a
// task. Without such an attachment the error is a [*NotFoundError].
func (c *Client) Attachment(ctx context.Context, incident, task, id int) (File, error) {
	of, owner := "incident", incident
	if task != 0 {
		of, owner = "task", task
	}
	path := fmt.Sprintf("/%ss/%d/attachments/%d", of, owner, id)
	var j fileJSON
	if err := c.org(ctx, http.MethodGet, path, nil, &j); err != nil {
		return File{}, orMissing(err, fmt.Sprintf("attachment %d of %s %d", id, of, owner), "attachment_id")
	}
	return j.file(path, incident, of), nil
}

// Artifact describes an artifact and its file. Without such an artifact the error is
// a [*NotFoundError].
func (c *Client) Artifact(ctx context.Context, incident, id int) (Artifact, error) {
	path := fmt.Sprintf("/incidents/%d/artifacts/%d", incident, id)
	var j struct {
		Type       json.RawMessage `json:"type"`
		Attachment *fileJSON       `json:"attachment"`
	}
	if err := c.org(ctx, http.MethodGet, path, nil, &j); err != nil {
		return Artifact{}, orMissing(err, fmt.Sprintf("artifact %d of incident %d", id, incident), "artifact_id")
	}
	a := Artifact{ID: id}
	kind := ""
	if !absent(j.Type) {
		kind, _ = scalar(j.Type)
	}
	if kind == "" { // it might be malware
		return a, &AnswerError{http.MethodGet, path, errors.New("it does not say the artifact's type")}
	}
	a.Sample = kind == sampleNumber || strings.EqualFold(strings.TrimSpace(kind), sampleName)
	if j.Attachment != nil {
		f := j.Attachment.file(path, incident, "artifact")
		a.File = &f
	}
	return a, nil
}

// The type of artifacts that are malware, by its number, which is the same on all
// platforms, and by its name.
const (
	sampleNumber = "12"
	sampleName   = "Malware Sample"
)

func orMissing(err error, what, input string) error {
	if hasStatus(err, http.StatusNotFound) {
		return &NotFoundError{what, "correct " + input + ", incident_id and task_id"}
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// Contents opens a file. Its bytes are read as they are wanted. Where none comes for
// as long as one request may take, reading fails. Who has opened it has to close it.
// Without contents the error is a [*NotFoundError].
func (c *Client) Contents(ctx context.Context, f File) (body io.ReadCloser, err error) {
	err = c.inOrg(ctx, func(s *session, org string) error {
		body, err = c.open(ctx, s, org+f.path, f.Size)
		return err
	})
	if err != nil {
		return nil, orMissing(err, fmt.Sprintf("contents of the file %q", f.Name), "attachment_id or artifact_id")
	}
	return body, nil
}

// open is one request for contents of that many bytes.
func (c *Client) open(ctx context.Context, s *session, path string, size int64) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	patience := c.http.Timeout
	late := time.AfterFunc(patience, cancel)
	fail := func(err error) (io.ReadCloser, error) {
		late.Stop()
		cancel()
		return nil, err
	}
	req, err := c.request(ctx, s, http.MethodGet, path, nil)
	if err != nil {
		return fail(fmt.Errorf("GET %s: %w", path, err))
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "identity") // or its length would not be that of the file
	whole := *c.http
	whole.Timeout = 0 // a large file takes as long as it takes
	resp, err := whole.Do(req)
	if err != nil {
		return fail(c.stalled(late, patience, err))
	}
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16)) // without it the status has to do
		resp.Body.Close()
		err := c.statusError(http.MethodGet, path, resp.StatusCode, said)
		if err == nil {
			err = &StatusError{http.MethodGet, path, resp.StatusCode, "no contents"}
		}
		return fail(err)
	}
	if got := resp.ContentLength; got >= 0 && got != size {
		resp.Body.Close()
		return fail(&AnswerError{http.MethodGet, path, fmt.Errorf("%d bytes in the place of the %d that it describes", got, size)})
	}
	late.Stop()
	c.log.DebugContext(ctx, "platform contents", "path", path, "bytes", size)
	return &contents{resp.Body, c, late, patience, cancel}, nil
}

// stalled is the error of a connection on which nothing comes any more.
func (c *Client) stalled(late *time.Timer, patience time.Duration, err error) error {
	if !late.Stop() {
		err = fmt.Errorf("nothing came for %v", patience)
	}
	return c.connectError(err)
}

// contents are those of a file. The time is only counted while somebody reads: who
// passes the bytes on may be slow.
type contents struct {
	io.ReadCloser
	client   *Client
	late     *time.Timer
	patience time.Duration
	cancel   context.CancelFunc
}

func (s *contents) Read(p []byte) (int, error) {
	s.late.Reset(s.patience)
	n, err := s.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		return n, s.client.stalled(s.late, s.patience, err)
	}
	s.late.Stop()
	return n, err
}

func (s *contents) Close() error {
	s.late.Stop()
	defer s.cancel()
	return s.ReadCloser.Close()
}
