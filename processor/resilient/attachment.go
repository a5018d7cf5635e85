package resilient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"time"
)

// Attached is a file that is attached to an incident or a task.
type Attached struct {
	ID      int
	Name    string
	Created time.Time // by the platform's clock
}

// Upload is a file that is to be attached.
type Upload struct {
	Incident, Task int    // Task 0: the incident itself
	Name, Type     string // Type is that of its contents, such as text/plain
	Size           int64  // bytes
	Body           func() io.Reader

	// Permit is asked again and again while the file is sent, and gives the moment
	// by which the sending must have ended; its error cuts the request, and what is
	// not whole is not attached. nil is a permit for ever.
	Permit func(context.Context) (until time.Time, err error)
}

// attachedJSON is an attachment as the platform writes it.
type attachedJSON struct {
	ID      int    `json:"id"`
	Name    string `json:"name"`
	Created int64  `json:"created"` // milliseconds since 1970
}

func (j attachedJSON) attached() Attached { return Attached{j.ID, j.Name, time.UnixMilli(j.Created)} }

// Attached lists the attachments of a task, or of an incident where the task is 0.
func (c *Client) Attached(ctx context.Context, incident, task int) ([]Attached, error) {
	var list []attachedJSON
	if err := c.org(ctx, http.MethodGet, attachments(incident, task), nil, &list); err != nil {
		if hasStatus(err, http.StatusNotFound) {
			err = &NotFoundError{holder(incident, task), "correct incident_id and task_id"}
		}
		return nil, fmt.Errorf("list the attachments: %w", err)
	}
	all := make([]Attached, len(list))
	for i, one := range list {
		all[i] = one.attached()
	}
	return all, nil
}

// Attach attaches a file, which is sent as it is read. Its time is not bounded; that
// without progress is, by Config.Timeout. After an error that is [Temporary] the file
// may be attached.
func (c *Client) Attach(ctx context.Context, u Upload) (Attached, error) {
	var answer json.RawMessage
	err := c.inOrg(ctx, func(s *session, org string) error {
		return c.upload(ctx, s, org+attachments(u.Incident, u.Task), u, &answer)
	})
	if err != nil {
		return Attached{}, fmt.Errorf("attach %s: %w", u.Name, err)
	}
	var one attachedJSON
	list := []attachedJSON{}
	if json.Unmarshal(answer, &list) == nil && len(list) > 0 { // newer versions give a list
		one = list[0]
	} else if err := json.Unmarshal(answer, &one); err != nil || one.ID == 0 {
		return Attached{}, fmt.Errorf("attach %s: %w", u.Name, &AnswerError{http.MethodPost, attachments(u.Incident, u.Task), errors.New("it names no attachment")})
	}
	return one.attached(), nil
}

// upload is one request that attaches a file.
func (c *Client) upload(ctx context.Context, s *session, path string, u Upload, out any) error {
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	_, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", u.Name)},
		"Content-Type":        {u.Type},
	})
	if err != nil {
		return err
	}
	head := bytes.Clone(frame.Bytes())
	if err := form.Close(); err != nil {
		return err
	}
	tail := frame.Bytes()[len(head):]

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stuck := time.AfterFunc(c.http.Timeout, func() { cancel(errStuck) })
	defer stuck.Stop()
	body := &sending{
		Reader: io.MultiReader(bytes.NewReader(head), u.Body(), bytes.NewReader(tail)),
		goes: func() error {
			stuck.Reset(c.http.Timeout)
			err := permitted(ctx, u.Permit)
			if err != nil {
				cancel(err)
			}
			return err
		},
	}
	req, err := c.request(ctx, s, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(head)) + u.Size + int64(len(tail))
	req.Header.Set("Content-Type", form.FormDataContentType())
	whole := *c.http
	whole.Timeout = 0 // a large file takes as long as it takes
	_, err = c.exchange(&whole, req, path, out)
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case cause == errStuck:
		return &UnreachableError{c.base, errStuck}
	case cause != nil: // the permit's, or the caller's
		return cause
	}
	return err
}

// errStuck ends an upload of which nothing moves.
var errStuck = errors.New("the upload does not go on")

// sending is the body of an upload. goes is asked before each part.
type sending struct {
	io.Reader
	goes func() error
}

func (s *sending) Read(p []byte) (int, error) {
	if err := s.goes(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

func permitted(ctx context.Context, permit func(context.Context) (time.Time, error)) error {
	if permit == nil {
		return nil
	}
	until, err := permit(ctx)
	if err == nil && time.Now().After(until) {
		err = errors.New("the permit has run out")
	}
	return err
}

// holder is what files are attached to, and attachments the path of its files.
func holder(incident, task int) string {
	if task != 0 {
		return fmt.Sprintf("task %d", task)
	}
	return fmt.Sprintf("incident %d", incident)
}

func attachments(incident, task int) string {
	if task != 0 {
		return fmt.Sprintf("/tasks/%d/attachments", task)
	}
	return fmt.Sprintf("/incidents/%d/attachments", incident)
}
