package mrkdwn

import (
	"strings"
	"testing"
)

func TestLabelsThatDeceive(t *testing.T) {
	for _, c := range []struct {
		before, label, after, url string
		want                      bool
	}{
		{"", "Go to okta.com now", "", "https://evil.example/", true},
		{"", "admin@okta.com", "", "https://evil.example/", true},
		{"", "okta\u2024com", "", "https://evil.example/", true},
		{"", "okta\u3002com", "", "https://evil.example/", true},
		{"", "ｏｋｔａ．ｃｏｍ", "", "https://evil.example/", true},
		{"", "okta.com:443/#login", "", "https://evil.example/", true},
		{"", "ok\u200bta.com", "", "https://evil.example/", true},
		{"", "https://intranet/", "", "https://evil.example/", true},
		{"", "https://okta.com@evil.example/", "", "https://okta.com/", true},
		{"", "10.0.0.1", "", "https://10.0.0.2/", true},
		{"okta", ".com", "", "https://evil.example/", true},
		{"", "okta", ".com/login", "https://evil.example/", true},
		{"", "joe@corp.example", "", "mailto:eve@corp.example", true},
		{"", "joe@corp.example", "", "mailto:joe@evil.example", true},
		{"", "corp.example", "", "mailto:joe@evil.example", true},
		{"", "okta.com", "-x", "https://evil.example/", true}, // one word for a machine, not for a reader
		{"x_", "okta.com", "", "https://evil.example/", true},
		{"", "okta.com-", "", "https://evil.example/", true},
		{"", "joe@okta.com_", "", "https://evil.example/", true},
		{"", "okta.com-login", "", "https://evil.example/", true},
		{"", "10.0.0.1-", "", "https://10.0.0.2/", true},
		{"", "www..okta.com", "", "https://evil.example/", true},
		{"", "okta.com1", "", "https://evil.example/", true},
		{"", "okta.com-login.html", "", "https://evil.example/", true},
		{"https://okta.com/", "login", "", "https://evil.example/", true},
		{"https://okta.com:443/a/b?x=", "1", "", "https://evil.example/", true},
		{"https://intranet/", "login", "", "https://evil.example/", true},
		{"okta.com/", "login", "", "https://evil.example/", true},

		{"", "www.okta.com", "", "https://okta.com/x", false},
		{"", "OKTA.com", "", "https://www.okta.com/x", false},
		{"https://okta.com/", "login", "", "https://okta.com/login", false},
		{"(okta.com/x),", "here", "", "https://evil.example/", false},
		{"and/or/", "here", "", "https://evil.example/", false},
		{"", "my-site.example", "", "https://my-site.example/x", false},
		{"", "our page", "", "https://evil.example/", false},
		{"see okta.com:", "here", ".", "https://evil.example/", false},
		{"", "invoice.pdf", "", "https://evil.example/", false},
		{"", "e.g. this, v1.2", "", "https://evil.example/", false},
		{"", "joe@corp.example", "", "mailto:joe@corp.example?subject=x", false},
		{"", "Joe (joe@corp.example)", "", "mailto:joe@corp.example", false},
		{"", "https://soar.example:8443/#incidents/7", "", "https://soar.example:8443/#incidents/7", false},
	} {
		if got := DeceivesAmid(c.before, c.label, c.after, c.url); got != c.want {
			t.Errorf("%q+%q+%q to %s: got %v, want %v", c.before, c.label, c.after, c.url, got, c.want)
		}
	}
}

func TestNamesOfHosts(t *testing.T) {
	for text, want := range map[string]bool{
		"see evil.example.": true, "__init__.py": true, "*.evil.example": true, "a.b.evil.example:8080": true,
		"https://evil.example/x.com": false, "joe@evil.example": false, "10.0.0.1": false, "e.g. this, v1.2": false, "invoice.exe": false, "x.y": false, "": false, "...": false,
	} {
		if got := NamesHost(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// Nothing that reads as the name of a host is left, whatever stands around it.
func FuzzDefang(f *testing.F) {
	f.Add("https://a_b.evil.example/x.php?u=//c.example, -evil.com-login, joe@evil.com+x..evil.example")
	f.Fuzz(func(t *testing.T, text string) {
		out := Defang(text)
		for i := 0; i < len(out); {
			n := i
			for n < len(out) && hostByte(out[n]) {
				n++
			}
			inPath := strings.LastIndexAny(out[:i], " \t\n<>|\"") < strings.LastIndex(out[:i], "/") // a file's name, not a host's
			for start, end := range hosts(out[i:n]) {
				if !inPath && !strings.HasSuffix(out[:i], "@") && !strings.HasPrefix(out[n:], "[@]") {
					t.Fatalf("%q: %q is left of %q", text, out[i+start:i+end], out)
				}
			}
			i = max(n, i+1)
		}
	})
}
