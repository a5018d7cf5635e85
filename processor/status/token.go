package status

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/fn-slack/fn-slack/processor/config"
)

// Texts of incidents are for who may read the service's state: every user of a
// machine can connect to its loopback, and a proxy there brings others. So the
// service leaves a token in its state folder, readable by its own user and by
// root, and shows texts to who sends it.
const (
	tokenFile   = "token-of-status"
	tokenHeader = "X-Fn-Slack-Token"
)

// newToken is random, of 256 bits.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// KeepToken leaves the token in the state folder, in the place of that of the
// service before.
func (b *Board) KeepToken(stateDir string) error {
	err := config.Replace(filepath.Join(stateDir, tokenFile), []byte(b.token+"\n"), 0o600)
	if err != nil {
		return fmt.Errorf("the token of the status: %w", err)
	}
	return nil
}

// ReadToken is the token that the service with that state folder has left, for
// [Ask].
func ReadToken(stateDir string) (string, error) {
	f, err := os.Open(filepath.Join(stateDir, tokenFile))
	if err != nil {
		return "", fmt.Errorf("texts are shown to the service's own user and to root, with the token in its state folder: %w; name the folder with --set fn_slack.state_dir=…", err)
	}
	defer f.Close()
	text := make([]byte, hex.EncodedLen(32))
	if _, err := io.ReadFull(f, text); err != nil {
		return "", fmt.Errorf("%s: %w", f.Name(), err)
	}
	if _, err := hex.DecodeString(string(text)); err != nil {
		return "", fmt.Errorf("%s holds no token", f.Name())
	}
	return string(text), nil
}

// mayReadTexts reports whether a request comes from this machine and has the
// token: one that was carried elsewhere would go over the line for all to read.
func (b *Board) mayReadTexts(r *http.Request) bool {
	return fromHere(r) && subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(b.token)) == 1
}

// fromHere reports whether a request comes from loopback, or from the address
// that it was sent to.
func fromHere(r *http.Request) bool {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(from)
	if err != nil || ip == nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && local.IP.Equal(ip)
}
