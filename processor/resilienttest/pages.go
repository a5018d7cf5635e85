package resilienttest

import (
	_ "embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/richtext"
)

//go:embed pages.html
var pagesHTML string

//go:embed pages.css
var pagesCSS string

// pagesPolicy lets the page use its style sheet and nothing else: what it shows
// was written by strangers.
const pagesPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// startPages serves what the links in messages lead to: one page, whose parts the
// browser chooses by what stands behind the # of a link. It is plain HTTP, because
// no browser knows the authority of the REST API's certificate.
func (p *Platform) startPages(addr string) error {
	page, err := template.New("").Funcs(template.FuncMap{"plain": plainText, "day": day}).Parse(pagesHTML)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	p.pagesURL = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pages.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write([]byte(pagesCSS))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err != nil || host != "127.0.0.1" && host != "localhost" {
			http.Error(w, "this server answers to loopback names only", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", pagesPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, map[string]any{"Org": OrgName, "Incidents": p.pages()}); err != nil {
			p.log.Debug("stand-in platform: page", "error", err)
		}
	})
	p.pagesServer = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	p.work.Go(func() {
		if err := p.pagesServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("stand-in platform: pages ended", "error", err)
		}
	})
	return nil
}

// PagesURL is the address of the pages, without a slash at the end; empty where
// Config.Pages is.
func (p *Platform) PagesURL() string { return p.pagesURL }

// incidentPage is an incident with what belongs to it.
type incidentPage struct {
	Incident
	Tasks     []Task
	Artifacts []Artifact
}

func (p *Platform) pages() (list []incidentPage) {
	for _, i := range p.Incidents() {
		list = append(list, incidentPage{
			Incident:  i,
			Tasks:     slices.DeleteFunc(Tasks(), func(t Task) bool { return t.Incident != i.ID }),
			Artifacts: slices.DeleteFunc(Artifacts(), func(a Artifact) bool { return a.Incident != i.ID }),
		})
	}
	return list
}

// Fragment is what names the task behind #incidents/.
func (t Task) Fragment() string { return taskFragment(t) }

// plainText is the text of HTML that somebody wrote into the platform.
func plainText(html string) string { return strings.TrimSpace(richtext.FromHTML(html).Plain) }

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2 January 2006, 15:04 UTC")
}
