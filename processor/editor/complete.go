package editor

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/fn-slack/fn-slack/scripts"
)

// member is one member of an interface of formatter.d.ts.
type member struct {
	Name string `json:"name"`
	Type string `json:"type"` // as it is declared
	Doc  string `json:"doc"`
}

// completions serves what can be written behind slack., message. and the like, as
// the declarations say it that editors read.
func completions(w http.ResponseWriter, _ *http.Request) {
	text, err := scripts.Files.ReadFile("formatter.d.ts")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(members(string(text))) // the reader is gone
}

// members are those of each interface that is written over several lines, by its
// name. This is no parser of TypeScript: it knows the one file, and a test holds
// it to that.
func members(declarations string) map[string][]member {
	var (
		begin = regexp.MustCompile(`^(?:export )?interface (\w+)(?: extends \w+)? \{$`)
		one   = regexp.MustCompile(`^  (\w+)(\??(?:\(|:).*[^;]);?$`)
	)
	all := map[string][]member{}
	open, doc, inDoc := "", "", false
	for line := range strings.Lines(declarations) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "/**"), inDoc:
			if !inDoc {
				doc = ""
			}
			inDoc = !strings.HasSuffix(text, "*/")
			part := strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(text, "/**"), "*/"), "*"))
			doc = strings.TrimSpace(doc + " " + part)
		case line == "}":
			open = ""
		case open == "":
			if m := begin.FindStringSubmatch(line); m != nil {
				open = m[1]
			}
			doc = ""
		default:
			if m := one.FindStringSubmatch(line); m != nil {
				all[open] = append(all[open], member{m[1], strings.TrimPrefix(m[2], ":"), doc})
			}
			doc = ""
		}
	}
	return all
}
