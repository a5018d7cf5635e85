package mask

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Secrets are the values that are hidden. The zero value hides nothing yet, and
// a nil one never does. All methods may be called at any time from any
// goroutine.
type Secrets struct {
	mu    sync.Mutex
	known []string // the latest at the end, at most maxKept
	hider atomic.Pointer[hider]
}

// maxKept bounds what is kept, because every login at the platform brings
// secrets of its own. Those of the settings are named again before each.
const maxKept = 64

// shown stands in the place of a secret.
const shown = "[secret]"

// minSecret spares what is too short to tell from ordinary words, in bytes.
// Whoever sees a mask where "host" must stand knows the password.
const minSecret = 5

// minCut is how much of a secret must be left where a text was cut, in bytes.
// Less of it may be the beginning of anything.
const minCut = 8

// Hide adds secrets, or makes them the latest. What is too short for one is left
// out; of a value of several lines every line is one, because texts are indented.
func (s *Secrets) Hide(values ...string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added := false
	for _, value := range values {
		for _, secret := range append(strings.Split(value, "\n"), value) {
			if len(secret) < minSecret {
				continue
			}
			if at := slices.Index(s.known, secret); at >= 0 {
				s.known = slices.Delete(s.known, at, at+1)
			} else {
				added = true
			}
			s.known = append(s.known, secret)
		}
	}
	if added {
		s.known = s.known[max(0, len(s.known)-maxKept):]
		s.hider.Store(newHider(s.known))
	}
}

// Text is text without the secrets. Of a text that was cut, and says so by "…",
// it also hides the beginning of a secret before that.
func (s *Secrets) Text(text string) string {
	if s == nil {
		return text
	}
	h := s.hider.Load()
	if h == nil {
		return text
	}
	return h.cut(h.whole.Replace(text))
}

// Writer hides the secrets in what is written to w. A secret must be written at
// once, as one line or one text is.
func (s *Secrets) Writer(w io.Writer) io.Writer { return writer{s, w} }

type writer struct {
	secrets *Secrets
	w       io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	masked := w.secrets.Text(string(p))
	n, err := io.WriteString(w.w, masked)
	switch {
	case err != nil && n == 0:
		return 0, err
	case err == nil && n < len(masked):
		err = io.ErrShortWrite
	}
	// How much of p that was cannot be said where something was hidden; that
	// not all went out is in the error.
	return len(p), err
}

// hider hides one state of the secrets.
type hider struct {
	whole *strings.Replacer
	forms []string // the longest first
}

func newHider(secrets []string) *hider {
	var list []string
	for _, secret := range secrets {
		list = append(list, forms(secret)...)
	}
	// The longer one goes first where two begin at the same place, such as a
	// secret that begins with another.
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	list = slices.Compact(list)
	pairs := make([]string, 0, 2*len(list))
	for _, form := range list {
		pairs = append(pairs, form, shown)
	}
	return &hider{strings.NewReplacer(pairs...), list}
}

// cut hides the beginnings of secrets before each "…".
func (h *hider) cut(text string) string {
	const ellipsis = "…"
	before, rest, found := strings.Cut(text, ellipsis)
	if !found {
		return text
	}
	var b strings.Builder
	for ; found; before, rest, found = strings.Cut(rest, ellipsis) {
		secret := h.beginning(before)
		b.WriteString(before[:len(before)-secret])
		if secret > 0 {
			b.WriteString(shown)
		}
		b.WriteString(ellipsis)
	}
	b.WriteString(before)
	return b.String()
}

// beginning is the length of the longest beginning of a secret that text ends
// with, 0 where there is none.
func (h *hider) beginning(text string) int {
	longest := 0
	for _, form := range h.forms {
		for n := min(len(form)-1, len(text)); n >= minCut && n > longest; n-- {
			if strings.HasSuffix(text, form[:n]) {
				longest = n
			}
		}
	}
	return longest
}
