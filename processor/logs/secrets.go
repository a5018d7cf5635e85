package logs

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/fn-slack/fn-slack/processor/config"
)

// secrets are the values that no line may hold. The types of the settings mask
// themselves; this is for what comes back from outside, such as a server that
// repeats a password in its error.
type secrets struct{ list atomic.Pointer[[][]byte] }

// minSecret spares what is too short to tell from ordinary words.
const minSecret = 8

func (s *secrets) set(settings *config.Settings) {
	r := settings.Resilient
	values := []string{r.APIKeySecret.Reveal(), r.Password.Reveal(), settings.Slack.Token.Reveal()}
	if r.Proxy != nil {
		password, _ := r.Proxy.User.Password()
		values = append(values, password)
	}
	var list [][]byte
	for _, v := range values {
		if len(v) >= minSecret {
			list = append(list, []byte(v))
		}
	}
	s.list.Store(&list)
}

// guard masks the secrets in what is written to w.
func (s *secrets) guard(w io.Writer) io.Writer { return secretGuard{s, w} }

type secretGuard struct {
	secrets *secrets
	w       io.Writer
}

func (g secretGuard) Write(line []byte) (int, error) {
	masked := line
	for _, secret := range *g.secrets.list.Load() {
		masked = bytes.ReplaceAll(masked, secret, []byte("[secret]"))
	}
	n, err := g.w.Write(masked)
	if err == nil && n < len(masked) {
		err = io.ErrShortWrite
	}
	if err != nil && !errors.Is(err, io.ErrShortWrite) {
		return 0, err
	}
	return len(line), err
}
