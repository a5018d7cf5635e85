package resilienttest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
)

func TestLinksLeadToAPage(t *testing.T) {
	p, err := resilienttest.Start(resilienttest.Config{Pages: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r, err := http.Get(p.PagesURL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%v, status %d", err, r.StatusCode)
	}
	page := string(body)
	for _, want := range []string{
		`id="incidents/2223"`, `id="incidents/2223?task_id=31"`, "Severe issue affecting perimeter routers", "login.evil.example", "72 hours",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	// What was written by an attacker stays text.
	for _, bad := range []string{"<script", "<img", "javascript:alert(1)\"", `href="https://evil`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if csp := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; ") {
		t.Errorf("policy %q", csp)
	}
	req, err := http.NewRequest("GET", p.PagesURL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.example"
	if r, err := http.DefaultClient.Do(req); err != nil || r.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("%v: another host gets the page", err)
	}
}

func TestOrdersAskForALayout(t *testing.T) {
	p, err := resilienttest.Start(resilienttest.Config{Channel: "soc"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range []struct {
		order resilienttest.Order
		want  []string
	}{
		{resilienttest.Order{Object: "incident", ID: 2223, Formatter: "incident-card"}, []string{`"slack_formatter":"incident-card"`, `"programmatic_name":"create_slack_message"`}},
		{resilienttest.Order{Object: "incident", ID: 2223}, []string{`"slack_channel":"soc"`}},
		{resilienttest.Order{Object: "task", ID: 31, Formatter: "task"}, []string{`"slack_formatter":"task"`, `"name":"task"`, `2223?task_id=31`, "72 hours"}},
		{resilienttest.Order{Object: "artifact", ID: 73}, []string{`"name":"artifact"`, "invoice.pdf.exe"}},
	} {
		run, err := p.Play(t.Context(), c.order)
		if err != nil {
			t.Fatal(err)
		}
		body := string(run.Body())
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%+v: the call lacks %s: %s", c.order, want, body)
			}
		}
		if c.order.Formatter == "" && strings.Contains(body, "slack_formatter") {
			t.Errorf("%+v: nobody asked for a layout: %s", c.order, body)
		}
		if run.Status().Order != c.order {
			t.Errorf("got %+v, want %+v", run.Status().Order, c.order)
		}
	}
	for _, o := range []resilienttest.Order{{Object: "task", ID: 1}, {Object: "incident", ID: 1}, {Object: "milestone", ID: 31}} {
		if _, err := p.Play(t.Context(), o); err == nil {
			t.Errorf("%+v was played", o)
		}
	}
}
