package service_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// The functions on our stand-in, and on a workspace that others wrote: one of the npm
// package emulate 0.12.2, which .ci/emulate/run starts. Where emulate does not do what
// Slack documents, the cases check what comes of it:
//
//	auth.test              has no X-OAuth-Scopes, and takes every token      tokens
//	chat.postMessage       leaves a reply to a message that is gone in the   posts and threads
//	                       thread of nothing, and not at channel level
//	conversations.history  passes over oldest and latest: a card behind      cards
//	                       another message is not found, and posted anew
//	conversations.info     has no is_general: it takes the refusal of        general
//	                       conversations.archive to keep that channel
//	conversations.invite   passes over force, and invites nobody where one   rooms
//	                       cannot be: the others are invited again
//
// These have no case, since no answer of ours depends on them: conversations.history
// leaves out replies that were broadcast and shows public channels to those outside of
// them, conversations.info says not_in_channel for private channels of others,
// files.getUploadURLExternal takes empty files, and files show in their channels at once.
// Rate limits, pages of threads and of members, the scopes chat:write.public and
// chat:write.customize, deactivated people and the rules of Block Kit emulate does not
// have: those are tried on the stand-in alone.

// slackMethods are those that the service uses; all of them must be asked in here.
var slackMethods = []string{
	"auth.test", "chat.getPermalink", "chat.postMessage", "chat.update",
	"conversations.archive", "conversations.create", "conversations.history", "conversations.info", "conversations.invite",
	"conversations.join", "conversations.list", "conversations.members", "conversations.replies",
	"files.completeUploadExternal", "files.getUploadURLExternal", "files.info", "files.list",
	"users.info", "users.lookupByEmail",
}

func TestSlackConformance(t *testing.T) {
	for name, address := range map[string]string{"stand-in": "", "emulate": os.Getenv("FN_SLACK_TEST_EMULATE")} {
		t.Run(name, func(t *testing.T) {
			if name == "emulate" && address == "" {
				t.Skip("FN_SLACK_TEST_EMULATE does not name a workspace")
			}
			asked := &methods{}
			t.Run("all", func(t *testing.T) {
				for what, test := range map[string]func(*slackSide){
					"posts and threads": postsAndThreads, "rooms": roomsOnSlack, "name taken": nameTaken, "files": filesOnSlack,
					"history": historyOnSlack, "cards": cardsOnSlack, "general": generalOnSlack, "tokens": tokensOnSlack, "lookups": lookupsOnSlack,
				} {
					t.Run(what, func(t *testing.T) {
						t.Parallel()
						test(newSlackSide(t, address, asked))
					})
				}
			})
			if diff := cmp.Diff(slackMethods, asked.sorted()); diff != "" {
				t.Errorf("methods that are used, and those that were asked: %s", diff)
			}
		})
	}
}

func postsAndThreads(s *slackSide) {
	details := calltest.Details("<!channel> & more")
	first := s.goes("slack_post_message", inputs{"slack_channel": "soc", "slack_details": details}) // the app is not in it
	if link := fmt.Sprint(first["permalink"]); !strings.HasPrefix(link, "http") || !strings.Contains(link, "/archives/"+s.channel("soc")+"/p") {
		s.Errorf("permalink %q", link)
	}
	s.fails("slack_post_message", inputs{"slack_channel": "nowhere", "slack_details": details}, "channel_not_found")

	id, results := s.room("thread", resilienttest.IncidentDoS, nil)
	parent := results["ts"].(string)
	// Answers get lost: what was posted is found, at channel level and in a thread.
	for _, thread := range []string{"", parent} {
		s.lose.Store(new("chat.postMessage"))
		s.goes("slack_post_message", inputs{"slack_channel": id, "slack_details": details, "slack_thread_id": thread})
	}
	list := s.history(id)
	if len(list) != 3 || list[1]["thread_ts"] != parent || list[2]["thread_ts"] != nil && list[2]["thread_ts"] != "" {
		s.Fatalf("in the channel: %v", list)
	}
	for i, m := range list {
		text, delivery := fmt.Sprint(m), fmt.Sprint(m["metadata"])
		if !strings.Contains(delivery, "delivery_id") || i > 0 && (strings.Contains(text, "<!channel>") || !strings.Contains(text, "&lt;!channel&gt; &amp; more")) {
			s.Errorf("message %d: %s", i, text)
		}
	}
	reply := s.goes("slack_post_message", inputs{"slack_channel": id, "slack_details": details, "slack_thread_id": "1500000000.000001"})
	if orphan := reply["message"].(inputs)["thread_ts"] == nil; orphan == s.emulated {
		s.Errorf("a reply to nothing: %v", reply["message"])
	}
}

func roomsOnSlack(s *slackSide) {
	s.lose.Store(new("conversations.create"))
	id, _ := s.room("inc", resilienttest.IncidentDoS, inputs{"slack_participant_emails": "ada@example.com, nobody@example.com"})
	// Ada is in the channel already, which must not keep Leo out.
	again := s.goes("slack_post_message",
		inputs{"incident_id": resilienttest.IncidentDoS, "slack_text": "the second", "slack_participant_emails": "ada@example.com,leo@example.com,nobody@example.com"},
		"already: ada@example.com", "Invited to #inc: leo@example.com", "nobody in Slack has the address: nobody@example.com")
	if diff := cmp.Diff([]any{"ada: ada@example.com", "leo: leo@example.com"}, again["user_info"]); diff != "" {
		s.Errorf("people: %s", diff)
	}
	if members := s.ask(slacktest.DefaultToken, "conversations.members", "channel", id)["members"].([]any); len(members) != 3 {
		s.Errorf("members %v", members)
	}
	if list := s.history(id); len(list) != 2 {
		s.Errorf("messages %v", list)
	}
	rows := s.Platform.Rows(resilienttest.IncidentDoS)
	if len(rows) != 1 || rows[0].Cells["slack_db_channel"] != "inc" || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), "/archives/"+id+"/p") {
		s.Errorf("rows %v", rows)
	}
	// A public channel is joined to invite people: that it was is seen by the methods.
	s.goes("slack_post_message",
		inputs{"incident_id": resilienttest.IncidentPhishing, "slack_text": "x", "slack_channel": "soc", "slack_participant_emails": "leo@example.com"})
}

// A name that a channel has that the app cannot see.
func nameTaken(s *slackSide) {
	results := s.goes("slack_post_message",
		inputs{"incident_id": resilienttest.IncidentDoS, "slack_text": "x", "slack_channel": "board", "slack_is_channel_private": true}, "The name #board is taken")
	if name := results["channel"]; name == "board" || !strings.HasPrefix(fmt.Sprint(name), "board-") {
		s.Errorf("posted in #%v", name)
	}
}

func filesOnSlack(s *slackSide) {
	id, first := s.room("files", resilienttest.IncidentDoS, nil)
	contents := "\x00\xff not text" + strings.Repeat("x", 100_000)
	s.Platform.PutFile(resilienttest.File{
		ID: 27, Incident: resilienttest.IncidentDoS, Name: "a & b.bin", Size: int64(len(contents)),
		Contents: func() io.Reader { return strings.NewReader(contents) },
	})
	s.lose.Store(new("files.completeUploadExternal"))
	in := inputs{"incident_id": resilienttest.IncidentDoS, "attachment_id": 27, "slack_text": "see <this>", "slack_thread_id": first["ts"]}
	results := s.goes("slack_post_attachment", in, `File "a & b.bin" added`)
	list := s.history(id)
	if len(list) != 2 || list[1]["thread_ts"] != first["ts"] || list[1]["ts"] != results["ts"] || list[1]["text"] != "see &lt;this&gt;" {
		s.Fatalf("in the channel: %v; results %v", list, results)
	}
	file := list[1]["files"].([]any)[0].(inputs)
	if file["id"] != results["file_id"] || file["name"] != "a & b.bin" || file["size"] != float64(len(contents)) {
		s.Errorf("file %v; results %v", file, results)
	}
	if s.emulated {
		if got := s.download(file["url_private"].(string)); got != contents {
			s.Errorf("%d bytes are in Slack, and others", len(got))
		}
	}
}

func historyOnSlack(s *slackSide) {
	id, _ := s.room("archive", resilienttest.IncidentDoS, inputs{"slack_participant_emails": "ada@example.com"})
	var parent string
	for i := range 210 { // more than a page
		parent = s.say(id, fmt.Sprintf("message %d.", i), "")
	}
	s.say(id, "a &lt;reply&gt;", parent)
	s.lose.Store(new("conversations.archive"))
	in := inputs{"incident_id": resilienttest.IncidentDoS}
	s.goes("slack_archive_channel", in, "is archived")
	uploads := s.Platform.Uploads()
	if len(uploads) != 1 || uploads[0].Name != "Slack_channel_archive_history.txt" {
		s.Fatalf("attachments %+v", uploads)
	}
	text := string(uploads[0].Content)
	for i := range 210 {
		if n := strings.Count(text, fmt.Sprintf("message %d.\n", i)); n != 1 {
			s.Errorf("message %d is %d times in the history", i, n)
		}
	}
	calltest.Contains(s.T, text, "1 - ", "the first", "211 - ada POSTED ON ", "1 - ada POSTED A REPLY ON ", "\ta <reply>\n", "is being archived")
	if c := s.ask(slacktest.DefaultToken, "conversations.info", "channel", id)["channel"].(inputs); c["is_archived"] != true {
		s.Errorf("the channel: %v", c)
	}
	s.fails("slack_archive_channel", in, "is archived already")
	s.fails("slack_post_message", inputs{"incident_id": resilienttest.IncidentDoS, "slack_text": "x"}, "is archived")
	s.goes("slack_post_message",
		inputs{"incident_id": resilienttest.IncidentDoS, "slack_text": "x", "slack_is_channel_private": true, "slack_replace_archived": true}, "replaced by a new one")
}

func cardsOnSlack(s *slackSide) {
	severity := func(value string) string { return `{"Severity": {"type": "string", "data": "` + value + `"}}` }
	in := inputs{"slack_text": severity("Low"), "slack_update": true, "slack_participant_emails": "ada@example.com"}
	id, first := s.room("card", resilienttest.IncidentDoS, in)
	in["incident_id"] = resilienttest.IncidentDoS
	in["slack_text"] = severity("High")
	s.lose.Store(new("chat.update"))
	if updated := s.goes("slack_post_message", in); updated["updated"] != true || updated["ts"] != first["ts"] {
		s.Errorf("shown anew: %v", updated)
	}
	list := s.history(id)
	if len(list) != 2 || !strings.Contains(fmt.Sprint(list[0]), "High") || list[1]["thread_ts"] != first["ts"] {
		s.Errorf("in the channel: %v", list)
	}
	s.say(id, "a later message", "")
	s.End() // with it goes what it remembers of the card
	s.Running = s.World.Run(s.T)
	in["slack_text"] = severity("Low")
	third := s.goes("slack_post_message", in)
	if anew := third["ts"] != first["ts"]; anew != s.emulated { // there it cannot be read behind others
		s.Errorf("shown anew behind another message: %v", third)
	}
}

// The channel that everybody is in must stay.
func generalOnSlack(s *slackSide) {
	id := s.channel("general")
	in := inputs{"incident_id": resilienttest.IncidentDoS, "slack_channel_id": id}
	before := len(s.history(id))
	if s.emulated { // it does not say which one is the general one
		s.fails("slack_archive_channel", in, "cant_archive_general", "one that the workspace always has")
		return
	}
	s.fails("slack_archive_channel", in, "is the general one of the workspace")
	if n := len(s.history(id)); n != before {
		s.Errorf("%d messages, want %d", n, before)
	}
}

func tokensOnSlack(s *slackSide) {
	who, err := s.poster(slacktest.DefaultToken).AuthTest(s.Context())
	if err != nil || who.UserID == "" || who.BotID == "" || len(who.Scopes) > 0 == s.emulated {
		s.Errorf("the token is %+v, %v", who, err)
	}
	if s.emulated { // every other token is good there, and one of those that it knows has few scopes
		_, _, err := s.poster("xoxb-few").UserByEmail(s.Context(), "ada@example.com")
		if slackapi.Code(err) != "missing_scope" || !strings.Contains(err.Error(), "add users:read.email under") {
			s.Errorf("a scope is missing: %v", err)
		}
		return
	}
	if _, err := s.poster("xoxb-unknown").AuthTest(s.Context()); slackapi.Code(err) != "invalid_auth" {
		s.Errorf("an unknown token: %v", err)
	}
}

// What is asked only after a process has died, or before Slack has said who we are.
func lookupsOnSlack(s *slackSide) {
	id, first := s.room("lookups", resilienttest.IncidentDoS, nil)
	p, begun := s.poster(slacktest.DefaultToken), time.Now()
	up, err := p.Upload(s.Context(), slackapi.Upload{Name: "a.txt", Size: 3, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("abc")), nil
	}})
	calltest.Must(s.T, err)
	if there, err := p.Shared(s.Context(), up, id); there || err != nil {
		s.Errorf("shared before its time: %v, %v", there, err)
	}
	share := slackapi.Share{File: up, Title: "A & <b>", Channel: id}
	calltest.Must(s.T, p.Share(s.Context(), share, nil))
	f, found, err := p.FindFile(s.Context(), share.Title, 3, id, begun)
	if !found || err != nil || f.ID != up {
		s.Errorf("found %v, %+v, %v", found, f, err)
	}
	if there, err := p.Shared(s.Context(), up, id); !there || err != nil {
		s.Errorf("shared: %v, %v", there, err)
	}
	if _, found, err := p.Find(s.Context(), id, "", "another call", begun); found || err != nil {
		s.Errorf("a message of another call: %v, %v", found, err)
	}
	link, err := p.Permalink(s.Context(), slackapi.Posted{Channel: id, TS: first["ts"].(string)})
	if err != nil || !strings.Contains(link, "/archives/"+id+"/p") {
		s.Errorf("permalink %q, %v", link, err)
	}
}
