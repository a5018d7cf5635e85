package formatters

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// original is one recorded rendering of the program that this one replaces.
type original struct {
	Name, Kind, Input, Host string
	Port                    any
	Output                  *string
}

func originals(t *testing.T) []original {
	f, err := os.Open("testdata/original.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []original
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var o original
		if err := json.Unmarshal(s.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	if len(all) != 249 {
		t.Fatalf("%d recorded renderings, want 249", len(all))
	}
	return all
}

func (o original) render() (string, error) {
	base := "https://" + o.Host
	if port := fmt.Sprint(o.Port); port != "443" && o.Port != nil {
		base += ":" + port
	}
	list, _, err := details.Read(o.Input)
	return Classic(Options{BaseURL: base}.Fields(list), true), err
}

// TestTheOriginalsRenderings compares the words, in their order, of everything
// that the original was recorded to render. What is different on purpose stands
// in parityDifferences with what it must be instead.
func TestTheOriginalsRenderings(t *testing.T) {
	type difference struct{ why, want string }
	different := map[string]difference{}
	for _, d := range parityDifferences {
		for name, want := range d.want {
			different[name] = difference{d.why, want}
		}
	}
	for _, o := range originals(t) {
		t.Run(o.Name, func(t *testing.T) {
			got, err := o.render()
			if strings.Contains(got, "\n\n\n") || got != strings.TrimSpace(got) {
				t.Errorf("blank lines where none are wanted: %q", got)
			}
			if slices.Contains(unreadable, o.Name) {
				var unread *details.Error
				if o.Output != nil || !errors.As(err, &unread) || unread.Line < 1 || unread.Excerpt == "" {
					t.Errorf("got %q and error %v, want a position and an excerpt", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d, ok := different[o.Name]; ok {
				delete(different, o.Name)
				if got != d.want {
					t.Errorf("%s:\ngot  %q\nwant %q", d.why, got, d.want)
				}
				if o.Output != nil && slices.Equal(words(*o.Output), words(got)) {
					t.Error("this is no difference any more: take it out of the table")
				}
				return
			}
			if o.Output == nil {
				t.Fatalf("the original fails here, we give %q: is that meant?", got)
			}
			got, want := strings.Join(words(got), " "), strings.Join(words(*o.Output), " ")
			if o.Name == "long-pre-60k" { // the original glues its 1,000 lines together
				got, want = strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(want, " ", "")
			}
			if got != want {
				t.Errorf("other words (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
	for name := range different {
		t.Errorf("no recorded rendering is called %q", name)
	}
}

var (
	labelledLink = regexp.MustCompile(`<([^<>|\s]+)\|([^<>]*)>`)
	bareLink     = regexp.MustCompile(`<(https?://[^<>|\s]+)>`)
)

// words are the letters and digits of a text as a reader sees them, in groups.
// The default port, which the original writes and we leave out, is no word; nor
// is the number of an item whose line break the original lost.
func words(s string) []string {
	s = strings.NewReplacer(mrkdwn.Joiner, "", "\u00ad", "").Replace(s) // nor is a soft hyphen a gap
	s = strings.NewReplacer("resilient.example.com:443/", "resilient.example.com/", "10.1.2.3:443/", "10.1.2.3/", "[2001:db8::1]:443/", "[2001:db8::1]/").Replace(s)
	s = labelledLink.ReplaceAllString(s, "$2 $1")
	s = bareLink.ReplaceAllString(s, "$1")
	s = decoded(s)
	return strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSymbol(r) || strings.ContainsRune("*_~`|<>+=─", r)
	})
}
