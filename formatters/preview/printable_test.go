package preview

import "testing"

func TestPrintable(t *testing.T) {
	const in = "é\U0001F600\x1b[2J\r\x00\x7f\u009b\u202e\u2066\n\tz"
	if got, want := Printable(in), "é\U0001F600\uFFFD[2J\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\n\tz"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := PrintableLine("a\nb\tc\x1b"), "a\uFFFDb\uFFFDc\uFFFD"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Printable("\xff"); got != "\uFFFD" {
		t.Errorf("got %q for a byte that is no UTF-8", got)
	}
}
