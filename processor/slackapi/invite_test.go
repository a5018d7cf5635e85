package slackapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Whether those come in whom a refusal does not name depends on the Slack that is asked.
func TestOthersAreInvitedInSpiteOfOne(t *testing.T) {
	for _, others := range []bool{true, false} {
		in := map[string]bool{"U0ADA": true}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var come, errs []string
			for user := range strings.SplitSeq(r.FormValue("users"), ",") {
				switch {
				case user == "U0GONE":
					errs = append(errs, `{"user":"U0GONE","ok":false,"error":"user_not_found"}`)
				case in[user]:
					errs = append(errs, `{"user":"`+user+`","ok":false,"error":"already_in_channel"}`)
				default:
					come = append(come, user)
				}
			}
			if others || len(errs) == 0 {
				for _, user := range come {
					in[user] = true
				}
			}
			_, _ = fmt.Fprintf(w, `{"ok":%t,"error":"user_not_found","errors":[%s]}`, len(errs) == 0, strings.Join(errs, ","))
		}))
		defer s.Close()
		p, err := slackapi.New(slackapi.Config{Token: secret.New("xoxb-1"), APIURL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := p.Invite(t.Context(), "C0SOC", []string{"U0ADA", "U0LEO", "U0GONE"}, nil)
		if diff := cmp.Diff(map[string]string{"U0ADA": "already_in_channel", "U0GONE": "user_not_found"}, kept); diff != "" || err != nil || !in["U0LEO"] {
			t.Errorf("others %v: kept out %s, %v; in the channel: %v", others, diff, err, in)
		}
	}
}
