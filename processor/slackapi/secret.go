package slackapi

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret holds a token that no printing verb, logger or encoder can show. The
// text lies behind a pointer, because fmt prints the unexported fields of a
// struct without asking their methods.
type Secret struct{ text *string }

// NewSecret wraps a token.
func NewSecret(text string) Secret { return Secret{text: &text} }

// reveal gives the token itself, to hand it to Slack.
func (s Secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// isZero tells whether there is no token.
func (s Secret) isZero() bool { return s.reveal() == "" }

const secretShown = "[secret]"

func (s Secret) String() string               { return secretShown }
func (s Secret) GoString() string             { return secretShown }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, secretShown) }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(secretShown) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretShown), nil }
