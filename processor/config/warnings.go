package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode"
)

// warn fills in the warnings, of what works and is likely not meant.
func (l *loading) warn() {
	s := l.settings
	if s.Resilient.Insecure {
		l.warning("resilient.cafile", "certificates are not checked: anybody on the way to the platform can read and change what is sent, the key included")
	}
	if s.Resilient.STOMPInsecure && !s.Resilient.Insecure {
		l.warning("resilient.stomp_cafile", "certificates are not checked: anybody on the way to the broker can read and change what is sent, the key included")
	}
	if s.Slack.InsecureAPI && plainElsewhere(s.Slack.APIURL) {
		l.warning("fn_slack.insecure_slack_api_url", "the token and all messages go to slack_api_url without TLS")
	}
	l.folders()
	l.kind(s.Slack.Token.Reveal())
	l.strange("fn_slack.api_token", s.Slack.Token.Reveal(), isTokens)
	l.strange("resilient.api_key_id", s.Resilient.APIKeyID, isTokens)
	l.strange("resilient.api_key_secret", s.Resilient.APIKeySecret.Reveal(), isTokens)
	l.strange("resilient.password", s.Resilient.Password.Reveal(), isPasswords)
	l.readable()
}

// folders warns of those that somebody has named and that do not exist.
func (l *loading) folders() {
	for _, folder := range []struct{ key, path, without string }{
		{"fn_slack.scripts_dir", l.settings.Slack.ScriptsDir, "messages go out in the classic layout; `fn-slack scripts init %s` writes one"},
		{"resilient.logdir", l.settings.Resilient.LogDir, "no log file is written; `mkdir %s` makes it"},
	} {
		if _, set := l.origin[folder.key]; !set || folder.path == "" {
			continue
		}
		info, err := os.Stat(folder.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			l.warning(folder.key, fmt.Sprintf("the folder %s does not exist: "+folder.without, folder.path, folder.path))
		case err == nil && !info.IsDir():
			l.warning(folder.key, folder.path+" is a file, and not a folder")
		}
	}
}

// kind looks at the kind of token: only a bot's posts as the app.
func (l *loading) kind(token string) {
	switch {
	case strings.HasPrefix(token, "xapp-"):
		l.bad("fn_slack.api_token", "this is an app-level token, which cannot post", "write the bot token of the Slack app, xoxb-…")
	case strings.HasPrefix(token, "xoxp-"):
		l.warning("fn_slack.api_token", "this is a user's token: the bot token of the Slack app begins with xoxb-")
	}
}

func (l *loading) warning(key, what string) {
	l.settings.Warnings = append(l.settings.Warnings, fmt.Sprintf("%s: %s: %s", l.at(key), key, what))
}

// strange warns of a character that came along when a value was copied. It
// names the place and not the character, which is a part of a secret.
func (l *loading) strange(key, value string, usual func(rune) bool) {
	if l.reported(key) {
		return // such as that it is a template's
	}
	for i, r := range []rune(value) {
		if !usual(r) {
			l.warning(key, fmt.Sprintf("character %d is a blank, cannot be seen, or is none that such a value has; was it copied with the value?", i+1))
			return
		}
	}
}

// isTokens is what keys and tokens are made of.
func isTokens(r rune) bool { return r > ' ' && r < unicode.MaxASCII }

// isPasswords is what a person types: also blanks and letters of any language,
// but nothing that cannot be seen.
func isPasswords(r rune) bool { return unicode.IsPrint(r) }

// readable warns of a file with secrets that others may read. On Windows the
// mode says nothing of that.
func (l *loading) readable() {
	info, err := os.Stat(l.file)
	if err != nil || info.Mode().Perm()&0o044 == 0 || runtime.GOOS == "windows" {
		return
	}
	for _, k := range table {
		if e, ok := l.doc.find(k.Section, k.Name); ok && k.Secret && l.literal(e.value) {
			l.settings.Warnings = append(l.settings.Warnings, fmt.Sprintf("%s: users other than its owner may read the file (%v), and it holds %s.%s: write $NAME in it for an environment variable, or `chmod 600` it",
				origin{l.file, e.line}, info.Mode().Perm(), k.Section, k.Name))
			return
		}
	}
}

// literal reports whether a value of the file is a secret itself, and not where
// one is to be found.
func (l *loading) literal(value string) bool {
	if value == "" || keyring.MatchString(value) || variable.MatchString(value) || passwordPlaceholder.MatchString(value) {
		return false
	}
	if _, set := l.whole(value); set {
		return false
	}
	references := braced.FindAllStringSubmatch(value, -1)
	references = append(references, leading.FindAllStringSubmatch(value, -1)...)
	for _, reference := range references {
		if _, set := l.getenv(reference[1]); set {
			return false
		}
	}
	return true
}
