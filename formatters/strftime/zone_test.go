package strftime

import (
	"strings"
	"testing"
)

func TestZone(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin": "", "UTC": "",
		"Berlin": `did you mean "Europe/Berlin"?`, "new york": `did you mean "America/New_York"?`, "nowhere": "IANA", "../x": "IANA",
	} {
		location, err := Zone(name)
		if (err == nil) != (want == "") || err == nil && location.String() != name || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want %s", name, location, err, want)
		}
	}
}
