package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingPrintsASecret(t *testing.T) {
	const text = "xoxb-5ecr3t"
	s := New(text)
	type holder struct {
		Shown  Text
		hidden Text
	}
	h := holder{s, s}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "s", s, "h", h, "p", &h)
	js, err := json.Marshal(map[string]any{"s": s, "h": h})
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", h, &h, h), logged.String(), string(js),
	} {
		if strings.Contains(printed, "5ecr3t") || strings.Contains(printed, fmt.Sprintf("%x", text)) || !strings.Contains(printed, Mask) {
			t.Errorf("got %q", printed)
		}
	}
	if s.Reveal() != text || s.IsZero() || !s.Equal(New(text)) || s.Equal(New("other")) {
		t.Error("the text is not there")
	}
	if none := New(""); !none.IsZero() || none.String() != "" || none.Reveal() != "" || !none.Equal(Text{}) {
		t.Error("no secret looks like one")
	}
}
