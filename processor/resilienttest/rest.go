package resilienttest

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Faults are what is wrong with the REST API at the moment. The broker has
// faults of its own; see [Platform.Broker].
type Faults struct {
	// Status, if not zero, answers every request, such as 401 or 503.
	Status int
	// Echo answers requests to paths that begin with it, if not empty, with 500
	// and a message that repeats what was sent.
	Echo string
	// OrgDisabled locks the account out of the organisation.
	OrgDisabled bool
	// NotMember leaves the account in another organisation only.
	NotMember bool
	// ActionsOff switches the organisation's action framework off.
	ActionsOff bool
	// NoFunction is a platform into which the app was never imported.
	NoFunction bool
	// NoDestination is a function that has lost its message destination.
	NoDestination bool
	// NumericHandles answers with the number of a destination even when its
	// name is asked for, as old versions do.
	NumericHandles bool
	// NoPermission is an account that may read, but not import or change.
	NoPermission bool
	// NoIncidents is an account that may not read the incidents.
	NoIncidents bool
	// NoTable is a platform without the data table of conversations.
	NoTable bool
	// Columns, if not nil, are those of that table.
	Columns []string
	// Hold, such as "POST /row_data", makes the requests of that method whose path
	// contains the rest hang until the client is gone. With HoldDone they have been
	// carried out.
	Hold     string
	HoldDone bool
	// MaxUpload, if not zero, is how many bytes an attachment may have.
	MaxUpload int
	// ListedUploads answers an upload with a list of one, as newer versions do.
	ListedUploads bool
	// NoSearch is a search whose index has nothing yet.
	NoSearch bool
	// Conflicts is how many changes of a message destination are refused because
	// somebody else has just changed it, or of a row.
	Conflicts int
}

// SetFaults replaces the faults.
func (p *Platform) SetFaults(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
}

// CutRequests closes the connections of the requests that Faults.Hold holds.
func (p *Platform) CutRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.cut)
	p.cut = make(chan struct{})
}

// Requests lists the REST requests so far, such as "GET /rest/session".
func (p *Platform) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

const destinationID = 5

type object = map[string]any

func (p *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, handler http.HandlerFunc) { mux.Handle(pattern, p.faulty(handler)) }
	open("GET /rest/session", p.keySession)
	open("POST /rest/session", p.emailSession)
	guarded := func(pattern string, handler func(w http.ResponseWriter, r *http.Request, f Faults)) {
		open(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !p.authorised(r) {
				refuse(w, http.StatusUnauthorized, "")
				return
			}
			if org := r.PathValue("org"); org != "" && org != "201" {
				refuse(w, http.StatusForbidden, "You are not a member of this organization")
				return
			}
			p.mu.Lock()
			f := p.faults
			p.mu.Unlock()
			handler(w, r, f)
		})
	}
	always := func(answer any) func(http.ResponseWriter, *http.Request, Faults) {
		return func(w http.ResponseWriter, _ *http.Request, _ Faults) { reply(w, answer) }
	}
	const org = "GET /rest/orgs/{org}"
	guarded(org, func(w http.ResponseWriter, _ *http.Request, f Faults) {
		reply(w, object{"id": OrgID, "name": OrgName, "actions_framework_enabled": !f.ActionsOff})
	})
	guarded("GET /rest/const", always(object{"server_version": object{"major": 51, "minor": 0, "build_number": 9340, "version": "51.0.0.0.9340"}}))
	guarded(org+"/types/{type}/fields", p.fields)
	guarded(org+"/connectors/queues", always(object{"queues": []object{}}))
	guarded(org+"/actions", func(w http.ResponseWriter, _ *http.Request, f Faults) {
		reply(w, object{"entities": listed(f.NoFunction, p.Deployed().Rules, func(r resilient.RuleDefinition) any { return r })})
	})
	guarded(org+"/message_destinations", func(w http.ResponseWriter, _ *http.Request, f Faults) {
		entities := []any{}
		for at, d := range p.Deployed().Destinations {
			if !f.NoDestination {
				entities = append(entities, destinationObject(at, d))
			}
		}
		reply(w, object{"entities": entities})
	})
	guarded(org+"/message_destinations/{id}", p.destination)
	guarded("PUT /rest/orgs/{org}/message_destinations/{id}", p.changeDestination)
	guarded(org+"/functions", func(w http.ResponseWriter, r *http.Request, f Faults) {
		reply(w, object{"entities": listed(f.NoFunction, p.Deployed().Functions, func(d resilient.FunctionDefinition) any { return p.function(d, r, f) })})
	})
	guarded(org+"/functions/{name}", func(w http.ResponseWriter, r *http.Request, f Faults) {
		for _, d := range p.Deployed().Functions {
			if d.Name == r.PathValue("name") && !f.NoFunction {
				reply(w, p.function(d, r, f))
				return
			}
		}
		refuse(w, http.StatusNotFound, "Unable to find the object")
	})
	const table = "/incidents/{incident}/table_data/" + ConversationTable
	guarded(org+"/types/"+ConversationTable, p.tableType)
	guarded(org+table, p.tableRows)
	guarded("POST /rest/orgs/{org}"+table+"/row_data", p.addRow)
	guarded("PUT /rest/orgs/{org}"+table+"/row_data/{row}", p.changeRow)
	guarded("DELETE /rest/orgs/{org}"+table+"/row_data/{row}", p.deleteRow)
	p.fileRoutes(guarded)
	for _, of := range []string{"/incidents/{incident}/attachments", "/tasks/{task}/attachments"} {
		guarded(org+of, p.listUploads)
		guarded("POST /rest/orgs/{org}"+of, p.upload)
	}
	guarded("POST /rest/search_ex", p.search)
	guarded("POST /rest/orgs/{org}/configurations/exports/{$}", p.export)
	guarded("POST /rest/orgs/{org}/configurations/imports", p.begin)
	guarded("PUT /rest/orgs/{org}/configurations/imports/{id}", p.finish)
	return mux
}

// faulty records a request and answers it when the platform is out of order.
func (p *Platform) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.requests = append(p.requests, r.Method+" "+r.URL.Path)
		status, echo := p.faults.Status, p.faults.Echo
		held, done, cut := p.faults.holds(r), p.faults.HoldDone, p.cut
		p.mu.Unlock()
		if held {
			if done {
				next.ServeHTTP(httptest.NewRecorder(), r)
			}
			_, _ = io.Copy(io.Discard, r.Body) // the server notices the client's end only then
			select {
			case <-r.Context().Done():
			case <-cut:
			}
			panic(http.ErrAbortHandler)
		}
		switch {
		case status != 0:
			refuse(w, status, "")
			return
		case echo != "" && strings.HasPrefix(r.URL.Path, echo):
			_, secret, _ := r.BasicAuth()
			body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<10)) // what cannot be read is not repeated
			refuse(w, http.StatusInternalServerError, fmt.Sprintf("%s %s %q %s", secret, body,
				[]string{r.Header.Get("Cookie"), r.Header.Get("X-sess-id")}, r.Header.Get("Authorization")))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (p *Platform) keySession(w http.ResponseWriter, r *http.Request) {
	if !p.keyed(r) {
		refuse(w, http.StatusUnauthorized, "")
		return
	}
	p.session(w, object{"user_id": nil, "api_key_handle": keyHandle, "csrf_token": nil})
}

func (p *Platform) emailSession(w http.ResponseWriter, r *http.Request) {
	var body struct{ Email, Password string }
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&body)
	if err != nil || body.Email != p.cfg.Email || !same(body.Password, p.cfg.Password) {
		refuse(w, http.StatusUnauthorized, "Invalid user name or password")
		return
	}
	cookie, token := rand.Text(), rand.Text()
	p.mu.Lock()
	p.sessions[cookie] = token
	p.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: cookie, Path: "/", Secure: true, HttpOnly: true})
	p.session(w, object{"user_id": userID, "user_email": p.cfg.Email, "csrf_token": token})
}

// session answers a login with members and the organisations.
func (p *Platform) session(w http.ResponseWriter, members object) {
	p.mu.Lock()
	f := p.faults
	p.mu.Unlock()
	orgs := []object{{"id": 200, "name": "Another Org", "uuid": "0a5d6d3e-0000-4000-8000-000000000200", "cloud_account": nil, "enabled": true}}
	if !f.NotMember {
		orgs = append(orgs, object{
			"id": OrgID, "name": OrgName, "uuid": "0a5d6d3e-0000-4000-8000-000000000201", "cloud_account": nil, "enabled": !f.OrgDisabled,
		})
	}
	members["orgs"] = orgs
	members["session_ip"] = "127.0.0.1"
	reply(w, members)
}

func (p *Platform) keyed(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	return ok && id == p.cfg.APIKeyID && same(secret, p.cfg.APIKeySecret)
}

// authorised wants an API key, or a session's cookie and its token.
func (p *Platform) authorised(r *http.Request) bool {
	if p.keyed(r) {
		return true
	}
	cookie, err := r.Cookie("JSESSIONID")
	if err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	token, ok := p.sessions[cookie.Value]
	return ok && same(r.Header.Get("X-sess-id"), token)
}

// fieldTypes are the platform's numbers of the types whose fields are asked for.
var fieldTypes = map[string]int{"incident": resilient.FieldOfIncident, "__function": resilient.FieldOfFunction, "actioninvocation": resilient.FieldOfRule}

func (p *Platform) fields(w http.ResponseWriter, r *http.Request, f Faults) {
	number, ok := fieldTypes[r.PathValue("type")]
	if !ok {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	list := []resilient.FieldDefinition{}
	for _, field := range p.Deployed().Fields {
		if field.Type == number && !(f.NoFunction && number == resilient.FieldOfFunction) {
			list = append(list, field)
		}
	}
	reply(w, list)
}

// listed is what the platform lists: nothing where a fault says so.
func listed[T any](none bool, list []T, show func(T) any) []any {
	entities := []any{}
	for _, one := range list {
		if !none {
			entities = append(entities, show(one))
		}
	}
	return entities
}

func (p *Platform) function(d resilient.FunctionDefinition, r *http.Request, f Faults) object {
	var handle any = destinationID + slices.IndexFunc(p.Deployed().Destinations, func(have resilient.DestinationDefinition) bool {
		return have.ProgrammaticName == d.Destination
	})
	if r.URL.Query().Get("handle_format") == "names" && !f.NumericHandles {
		handle = d.Destination
	}
	if f.NoDestination {
		handle = nil
	}
	answer := functionObject(d)
	answer["destination_handle"] = handle
	return answer
}

func reply(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return // the client has gone
	}
}

// refuse answers an error as the platform does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	js, _ := json.Marshal(object{"success": false, "title": nil, "message": strings.TrimSpace(message), "hints": []string{}})
	w.Write(js)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
