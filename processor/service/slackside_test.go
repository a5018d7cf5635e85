package service_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// methods are those that services have asked.
type methods struct{ asked sync.Map }

func (m *methods) sorted() (names []string) {
	for name := range m.asked.Range {
		names = append(names, name.(string))
	}
	slices.Sort(names)
	return names
}

// slackSide is a service with one of the workspaces.
type slackSide struct {
	*servicetest.Running
	*testing.T
	emulated bool
	client   *http.Client // of the test
	address  string       // of the workspace
	url      string       // of its API, as the service knows it
	asked    *methods
	lose     atomic.Pointer[string] // the method whose next answer does not arrive
}

// newSlackSide starts a service for the workspace at an address; "" is a stand-in.
func newSlackSide(t *testing.T, address string, asked *methods) *slackSide {
	t.Helper()
	w := servicetest.StartWith(t, resilienttest.Config{}, slacktest.Config{Channels: []slacktest.Channel{
		{Name: "general"}, {Name: "soc", Outside: true}, {Name: "board", Private: true, Outside: true},
	}})
	// emulate closes connections that nobody has used for five seconds, also in the moment
	// in which they are used again.
	afresh := &http.Transport{DisableKeepAlives: true}
	s := &slackSide{T: t, emulated: address != "", asked: asked, client: &http.Client{Transport: afresh}}
	if address == "" {
		address = strings.TrimSuffix(w.Workspace.APIURL(), "/api/")
	}
	s.address = address
	to, err := url.Parse(address)
	calltest.Must(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = afresh
	between := httptest.NewServer(s.between(proxy))
	t.Cleanup(between.Close)
	s.url = between.URL + "/api/"
	w.Replace(t, w.Workspace.APIURL(), s.url)
	w.Replace(t, "[fn_slack]", "[fn_slack]\nmessage_interval=0\ntime_zone=UTC")
	s.Running = w.Run(t)
	return s
}

// between notes what is asked, looks for the token, and loses answers.
func (s *slackSide) between(proxy *httputil.ReverseProxy) http.Handler {
	proxy.ModifyResponse = func(r *http.Response) error {
		lose := s.lose.Load()
		if lose != nil && r.Request.URL.Path == "/api/"+*lose && s.lose.CompareAndSwap(lose, nil) {
			return errors.New("lost")
		}
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer xox") {
			s.Errorf("%s without the token in its header", r.URL.Path)
		}
		s.asked.asked.Store(strings.TrimPrefix(r.URL.Path, "/api/"), true)
		proxy.ServeHTTP(w, r)
	})
}

type inputs = map[string]any

// call is a call and what has become of it; told are its steps as text.
func (s *slackSide) call(function string, in inputs) (results inputs, told string) {
	s.Helper()
	run, err := s.Platform.Send(s.Context(), []byte(calltest.Body(s.T, function, in)))
	calltest.Must(s.T, err)
	status, err := run.Wait(s.Context())
	calltest.Must(s.T, err)
	for _, step := range status.Steps {
		told += step.Kind + ": " + step.Text + "\n"
	}
	if status.State == resilienttest.Completed {
		calltest.Must(s.T, json.Unmarshal(status.Results, &results))
	}
	return results, told
}

// goes is a call that must go well.
func (s *slackSide) goes(function string, in inputs, words ...string) inputs {
	s.Helper()
	results, told := s.call(function, in)
	if results == nil {
		s.Fatalf("%s failed:\n%s", function, told)
	}
	calltest.Contains(s.T, told, words...)
	return results
}

// fails is a call that must not.
func (s *slackSide) fails(function string, in inputs, words ...string) {
	s.Helper()
	results, told := s.call(function, in)
	if results != nil {
		s.Fatalf("%s went well:\n%s", function, told)
	}
	calltest.Contains(s.T, told, words...)
}

// ask asks the workspace itself, without a service or our client: name, value, name, value.
func (s *slackSide) ask(token, method string, form ...string) (answer inputs) {
	s.Helper()
	values := url.Values{}
	for pair := range slices.Chunk(form, 2) {
		values.Set(pair[0], pair[1])
	}
	req, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.address+"/api/"+method, strings.NewReader(values.Encode()))
	calltest.Must(s.T, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.client.Do(req)
	calltest.Must(s.T, err)
	defer resp.Body.Close()
	calltest.Must(s.T, json.NewDecoder(resp.Body).Decode(&answer))
	if answer["ok"] != true {
		s.Fatalf("%s: %v", method, answer)
	}
	return answer
}

// channel is the id of a channel that the app can see.
func (s *slackSide) channel(name string) string {
	s.Helper()
	for _, c := range s.ask(slacktest.DefaultToken, "conversations.list", "types", "public_channel,private_channel", "limit", "1000")["channels"].([]any) {
		if c := c.(inputs); c["name"] == name {
			return c["id"].(string)
		}
	}
	s.Fatalf("no channel %s", name)
	return ""
}

// history are the messages of a channel, the oldest first, and below each its thread.
func (s *slackSide) history(id string) (list []inputs) {
	s.Helper()
	messages := s.ask(slacktest.DefaultToken, "conversations.history", "channel", id, "include_all_metadata", "true")["messages"].([]any)
	for _, m := range slices.Backward(messages) {
		for _, m := range s.ask(slacktest.DefaultToken, "conversations.replies", "channel", id, "ts", m.(inputs)["ts"].(string), "include_all_metadata", "true")["messages"].([]any) {
			list = append(list, m.(inputs))
		}
	}
	return list
}

// say is what Ada says; she must be in the channel.
func (s *slackSide) say(id, text, thread string) (ts string) {
	s.Helper()
	if s.emulated {
		return s.ask("xoxp-ada", "chat.postMessage", "channel", id, "text", text, "thread_ts", thread)["ts"].(string)
	}
	return s.Workspace.Put(id, inputs{"user": "U0STANDIN1", "text": text, "thread_ts": thread})
}

// room makes the channel of an incident, with a first message.
func (s *slackSide) room(name string, incident int, more inputs) (id string, results inputs) {
	s.Helper()
	in := inputs{"incident_id": incident, "slack_text": "the first", "slack_channel": name, "slack_is_channel_private": true}
	maps.Copy(in, more)
	results = s.goes("slack_post_message", in)
	return s.channel(results["channel"].(string)), results
}

// download is the contents of a file of emulate's; the stand-in keeps none.
func (s *slackSide) download(address string) string {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, address, nil)
	calltest.Must(s.T, err)
	req.Header.Set("Authorization", "Bearer "+slacktest.DefaultToken)
	resp, err := s.client.Do(req)
	calltest.Must(s.T, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	calltest.Must(s.T, err)
	return string(body)
}

func (s *slackSide) poster(token string) *slackapi.Poster {
	s.Helper()
	p, err := slackapi.New(slackapi.Config{Token: secret.New(token), APIURL: s.url})
	calltest.Must(s.T, err)
	return p
}
