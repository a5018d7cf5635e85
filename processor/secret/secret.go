package secret

import (
	"fmt"
	"log/slog"
)

// Mask is what is shown in the place of a secret.
const Mask = "[secret]"

// A Text is a secret; the zero value is none. The text lies behind a pointer,
// because fmt prints the unexported fields of a struct without asking their
// methods.
type Text struct{ text *string }

// New makes a secret of a text; "" is none.
func New(text string) Text {
	if text == "" {
		return Text{}
	}
	return Text{&text}
}

// Reveal gives the text itself, to hand it to whom it is for.
func (s Text) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Text) IsZero() bool { return s.text == nil }

// Equal reports whether two secrets have the same text.
func (s Text) Equal(other Text) bool { return s.Reveal() == other.Reveal() }

// String is the mask, or nothing where there is no secret.
func (s Text) String() string {
	if s.IsZero() {
		return ""
	}
	return Mask
}

// Format masks the secret for every verb, %#v and %x included.
func (s Text) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText masks the secret in JSON and other encodings.
func (s Text) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue masks the secret in logs.
func (s Text) LogValue() slog.Value { return slog.StringValue(s.String()) }
