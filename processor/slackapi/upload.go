package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"github.com/fn-slack/fn-slack/processor/kind"
)

// Upload is a file that goes to Slack.
type Upload struct {
	Name string
	Size int64 // in bytes, more than 0: Slack takes no empty files
	// Open opens the contents for one try, which ends with ctx.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Upload brings the bytes of a file to Slack, where nobody sees them before
// [Poster.Share], and gives the file's id. They go through and are not kept. An error
// of Open, or of reading, is returned as it is; the others are those of [Poster.Find].
func (p *Poster) Upload(ctx context.Context, f Upload) (id string, err error) {
	const method = "files.getUploadURLExternal"
	deadline := p.patience()
	begun, pause := time.Now(), backoff{min: p.cfg.MinBackoff, max: p.cfg.MaxBackoff}
	for tries := 1; ; tries++ {
		x, _, err := p.read(ctx, method, "", deadline, func(ctx context.Context, api *slack.Client) error {
			_, err := api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: int(f.Size)})
			return err
		})
		if err != nil {
			return "", err
		}
		var to struct {
			URL string `json:"upload_url"`
			ID  string `json:"file_id"`
		}
		if err := json.Unmarshal(x.body, &to); err != nil || to.ID == "" || !p.trusted(to.URL) {
			return "", &UnavailableError{Reason: method + " gives no address to upload to", Err: err, asked: true}
		}
		err = p.send(ctx, f, to.URL)
		var last *UnavailableError
		if !errors.As(err, &last) || last.Elsewhere {
			return to.ID, err
		}
		at := time.Now().Add(max(pause.next(), last.RetryAfter))
		if at.After(deadline) {
			last.Tries, last.Waited = tries, time.Since(begun)
			return "", last
		}
		if err := p.sleepers.sleepUntil(ctx, at); err != nil {
			return "", err
		}
	}
}

// trusted says whether files may go to an address: with TLS, unless Slack's API is
// asked without it too.
func (p *Poster) trusted(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(p.cfg.APIURL, "http:"))
}

// storing is how long Slack may take to answer once it has all bytes.
const storing = 2 * time.Minute

// send is one try to bring the bytes to an address that Slack gave. The address is
// the permission: the token does not go there.
func (p *Poster) send(ctx context.Context, f Upload, address string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	contents, err := f.Open(ctx)
	if err != nil {
		return err
	}
	body := &uploading{ReadCloser: contents, size: f.Size, left: f.Size, patience: p.cfg.RequestTimeout}
	body.late = time.AfterFunc(body.patience, func() { body.stalled.Store(true); cancel() })
	defer body.late.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		contents.Close()
		return &UnavailableError{Reason: "Slack's address to upload to cannot be used", asked: true}
	}
	req.ContentLength = f.Size
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := p.cfg.Transport.RoundTrip(req)
	if err != nil {
		switch failed := body.failed.Load(); {
		case body.stalled.Load():
			err = errors.New("nothing was taken for too long")
		case failed != nil:
			return *failed
		}
		return &UnavailableError{Reason: "the upload broke off", Err: err, asked: true}
	}
	resp.Body.Close()
	switch status := resp.StatusCode; {
	case status == http.StatusOK:
		return nil
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		x := exchange{header: resp.Header}
		return &UnavailableError{Reason: fmt.Sprintf("the upload was answered with HTTP status %d", status), Status: status, RetryAfter: x.retryAfter(), asked: true}
	default:
		return &UnavailableError{Reason: fmt.Sprintf("the upload was answered with HTTP status %d: check the proxy", status), Status: status, Elsewhere: true, asked: true}
	}
}

// uploading are the bytes of a file on their way. It ends a try over which Slack has
// gone to sleep, and keeps what was wrong with the file itself.
type uploading struct {
	io.ReadCloser
	size, left int64
	patience   time.Duration
	late       *time.Timer
	stalled    atomic.Bool
	failed     atomic.Pointer[error]
}

func (u *uploading) Read(p []byte) (int, error) {
	u.late.Stop() // where the contents come from there is a patience of its own
	n, err := u.read(p)
	if err != nil && err != io.EOF {
		u.failed.CompareAndSwap(nil, &err)
	}
	wait := u.patience
	if u.left == 0 {
		wait = max(wait, storing)
	}
	u.late.Reset(wait)
	return n, err
}

func (u *uploading) read(p []byte) (int, error) {
	if u.left == 0 {
		return 0, io.EOF
	}
	n, err := u.ReadCloser.Read(p[:min(int64(len(p)), u.left)])
	switch u.left -= int64(n); {
	case u.left > 0 && err == io.EOF:
		return n, &sizeError{u.size}
	case u.left == 0 && err == nil:
		// Before the last bytes go out, since with them Slack has a whole file.
		if more, _ := io.ReadFull(u.ReadCloser, make([]byte, 1)); more > 0 {
			return 0, &sizeError{u.size}
		}
	}
	return n, err
}

// sizeError is a file that has not the size that was said.
type sizeError struct{ want int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("the file does not have the %d bytes that it is said to have: it may have been replaced meanwhile", e.want)
}

func (e *sizeError) Kind() (kind.Kind, string) {
	return kind.Unavailable, "the file has another size than it is said to have"
}
