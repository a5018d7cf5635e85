package slacktest

import (
	"maps"
	"net/url"
	"slices"
	"time"
)

// Fault is a way in which one call goes wrong. The members combine.
type Fault struct {
	Posted     bool          // the method does its work first; the caller is not told
	Late       time.Duration // the method does its work this long after the call came; with Drop: the caller was gone, the message comes all the same
	Delay      time.Duration // before anything is answered
	Drop       bool          // the connection is closed without an answer
	Cut        bool          // the connection is closed in the middle of the answer's body
	Empty      bool          // an answer without a body
	Status     int           // HTTP status, 0 is 200
	RetryAfter time.Duration // header, in whole seconds
	Code       string        // the body is {"ok": false, "error": Code}
	Reason     string        // beside the code, in response_metadata
}

// fails tells whether the call gets another answer than its own.
func (f Fault) fails() bool {
	return f.Drop || f.Late > 0 || f.Cut || f.Empty || f.Code != "" || f.Status != 0 && f.Status != 200
}

// RateLimited is Slack's answer above a rate.
func RateLimited(after time.Duration) Fault {
	return Fault{Status: 429, RetryAfter: after, Code: "ratelimited"}
}

// Request is one call as the workspace got it.
type Request struct {
	Method string
	Time   time.Time
	Form   url.Values // arguments without the token
}

// Decide chooses a fault by the request.
type Decide func(Request) (Fault, bool)

type faults struct {
	queued map[string][]Fault
	decide Decide
}

// Fail gives the next calls of a method one fault each. An empty Fault lets
// its call pass.
func (w *Workspace) Fail(method string, list ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults.queued == nil {
		w.faults.queued = map[string][]Fault{}
	}
	w.faults.queued[method] = append(w.faults.queued[method], list...)
}

// FailWhen asks the function about every call that has no fault from Fail; nil
// asks nobody. The function must not call the workspace.
func (w *Workspace) FailWhen(decide Decide) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults.decide = decide
}

// Calls is how often a method was called, faults included.
func (w *Workspace) Calls(method string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[method]
}

// keptRequests bounds what Requests remembers, so that a long run stays flat.
const keptRequests = 2000

// Requests gives the latest calls, oldest first.
func (w *Workspace) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

// fault records a call and gives its fault.
func (w *Workspace) fault(method string, form url.Values) Fault {
	form = maps.Clone(form)
	form.Del("token")
	req := Request{Method: method, Time: w.cfg.Now(), Form: form}

	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[method]++
	if len(w.log) >= 2*keptRequests {
		w.log = append(w.log[:0], w.log[keptRequests:]...)
	}
	w.log = append(w.log, req)
	w.note()
	if list := w.faults.queued[method]; len(list) > 0 {
		w.faults.queued[method] = list[1:]
		return list[0]
	}
	if w.faults.decide != nil {
		if f, ok := w.faults.decide(req); ok {
			return f
		}
	}
	return Fault{}
}
