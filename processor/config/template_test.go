package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheTemplateWantsItsPlaceholdersFilled(t *testing.T) {
	got := problems(t, Template(), Options{})
	var keys []string
	for _, line := range got {
		if !strings.Contains(line, "placeholder") {
			t.Errorf("got %q, want placeholders only", line)
		}
		keys = append(keys, strings.Split(line, ": ")[1])
	}
	slices.Sort(keys)
	want := []string{"fn_slack.api_token", "resilient.api_key_id", "resilient.api_key_secret", "resilient.host", "resilient.org"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("placeholders (-want +got):\n%s", diff)
	}
	for _, k := range Keys() {
		if has := strings.Contains(Template(), "\n"+k.Name+"=") || strings.Contains(Template(), "\n#"+k.Name+"="); has == (k.Unused != "") {
			t.Errorf("%s: in the template: %v, unused: %q", k.Name, has, k.Unused)
		}
	}
}

func TestTheTemplateFilledInHasTheDefaults(t *testing.T) {
	text := Template()
	for old, value := range map[string]string{
		"<host name>": "soar.example.com", "<organisation>": "Test Org", "<id of the API key>": "1-2-3",
		"<secret of the API key>": "s3cret", "<bot token>": "xoxb-1-2",
	} {
		text = strings.Replace(text, old, value, 1)
	}
	got, want := load(t, text, Options{}), load(t, minimal, Options{})
	for _, s := range []*Settings{got, want} {
		s.File, s.Effective = "", nil
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Settings{}), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("(-defaults +template):\n%s", diff)
	}
}

func TestUpdateAddsWhatIsMissingAndNothingElse(t *testing.T) {
	for name, text := range map[string]string{
		"of the original":    "[resilient]\r\nhost=a\r\n# a comment\r\n\r\n; another\r\nlogdir = x\r\n  y\r\n\r\n[other]\r\nk=v\r\n\r\n[fn_slack]\r\napi_token=t",
		"without our own":    "[resilient]\nhost=a\n",
		"empty":              "",
		"a mark of order":    "\uFEFF[resilient]\nhost=a\n\n\n[fn_slack]\n",
		"no line at the end": "[fn_slack]\n#username=x",
		"the template":       Template(),
	} {
		t.Run(name, func(t *testing.T) {
			updated, added := Update(text)
			if name == "the template" && (updated != text || added != nil) {
				t.Errorf("added %q to the template", added)
			}
			rest := updated
			for _, line := range strings.SplitAfter(text, "\n") { // all lines are there, in order
				var found bool
				if _, rest, found = strings.Cut(rest, line); !found {
					t.Fatalf("%q is lost in:\n%s", line, updated)
				}
			}
			again, more := Update(updated)
			if again != updated || more != nil {
				t.Errorf("a second time added %q", more)
			}
			before, _ := parse("f", []byte(text))
			after, wrong := parse("f", []byte(updated))
			for _, e := range before.entries {
				if got, _ := after.find(e.section, e.key); got.value != e.value {
					t.Errorf("%s.%s: got %q, want %q", e.section, e.key, got.value, e.value)
				}
			}
			for _, e := range after.entries {
				if _, old := before.find(e.section, e.key); !old && slices.ContainsFunc(before.sections, func(h header) bool { return h.name == e.section }) {
					t.Errorf("%s.%s was set", e.section, e.key)
				}
			}
			if len(wrong) > 0 {
				t.Errorf("got %v", wrong)
			}
		})
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add(minimal)
	f.Add("[resilient]\r\nhost=a\r\n  b\r\n[fn_slack]")
	f.Fuzz(func(t *testing.T, text string) {
		updated, _ := Update(text)
		rest := updated
		for _, line := range strings.SplitAfter(text, "\n") {
			var found bool
			if _, rest, found = strings.Cut(rest, line); !found {
				t.Fatalf("line %q is lost in %q", line, updated)
			}
		}
		before, problems := parse("f", []byte(text))
		if len(problems) > 0 {
			return
		}
		after, _ := parse("f", []byte(updated))
		for _, e := range before.entries {
			if got, _ := after.find(e.section, e.key); got.value != e.value {
				t.Fatalf("%s.%s: got %q, want %q", e.section, e.key, got.value, e.value)
			}
		}
	})
}

func TestReferencesToTheKeyring(t *testing.T) {
	asked := map[string]string{"_ key": "from the ring", "fn_slack token": "xoxb-9"}
	o := Options{Keyring: func(service, name string) (string, error) {
		if v, ok := asked[service+" "+name]; ok {
			return v, nil
		}
		return "", errors.New("no such entry")
	}}
	text := strings.NewReplacer("s3cret", "^key", "xoxb-1-2", "^{token}-a").Replace(minimal)
	s := load(t, text, o)
	if s.Resilient.APIKeySecret.Reveal() != "from the ring" || s.Slack.Token.Reveal() != "xoxb-9-a" {
		t.Errorf("got %q and %q", s.Resilient.APIKeySecret.Reveal(), s.Slack.Token.Reveal())
	}
	delete(asked, "_ key")
	want := []string{`app.config:5: resilient.api_key_secret: the keyring does not give "key" of service _: no such entry; ` +
		`store it there for the user that runs the service, or put the secret into an environment variable and write its name: $NAME`}
	if diff := cmp.Diff(want, problems(t, text, o)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
