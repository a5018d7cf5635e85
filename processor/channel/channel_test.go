package channel_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// withID are the columns of a table that has ours.
var withID = []string{"slack_db_time", "slack_db_res_id", "slack_db_channel", "slack_db_channel_type", "slack_db_permalink", "slack_db_channel_id"}

// slackDoes is what somebody does in Slack.
func (b *bench) slackDoes(method string, form url.Values) {
	b.T.Helper()
	form.Set("token", slacktest.DefaultToken)
	resp, err := http.PostForm(b.slack.APIURL()+method, form)
	calltest.Must(b.T, err)
	calltest.Must(b.T, resp.Body.Close())
}

func (b *bench) id(name string) string {
	b.T.Helper()
	for _, c := range b.slack.Rooms() {
		if c.Name == name {
			return c.ID
		}
	}
	b.T.Fatalf("there is no channel #%s", name)
	return ""
}

func TestChannelIsMadeOnceAndRemembered(t *testing.T) {
	for name, columns := range map[string][]string{"with the id's column": withID, "without": nil} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, resilienttest.Faults{Columns: columns})
			name, told := b.goes(inputs{"name": "inc-2223", "private": true, "emails": "ada@example.com"})
			calltest.Contains(t, told, "Made private Slack channel #inc-2223", "now that of RES-2223", "Invited to #inc-2223: ada@example.com")
			if name != "inc-2223" {
				t.Errorf("the channel is #%s", name)
			}
			lists := b.slack.Calls("conversations.list")
			if name, told := b.goes(inputs{}); name != "inc-2223" {
				t.Errorf("the second call goes to #%s: %s", name, told)
			}
			if n := b.slack.Calls("conversations.list") - lists; n > 0 {
				t.Errorf("the list was read %d times for a channel that is known", n)
			}
			if diff := cmp.Diff([]string{"inc-2223"}, made(b.slack)); diff != "" {
				t.Error(diff)
			}
			rows := b.platform.Rows(incident)
			if len(rows) != 1 {
				t.Fatalf("%d rows, want 1", len(rows))
			}
			cells := rows[0].Cells
			if cells["slack_db_res_id"] != "RES-2223" || cells["slack_db_channel"] != "inc-2223" || cells["slack_db_channel_type"] != "Private" ||
				columns != nil && cells["slack_db_channel_id"] != b.id("inc-2223") {
				t.Errorf("the row is %v", cells)
			}
			calltest.Contains(t, cells["slack_db_permalink"].(string), "/archives/"+b.id("inc-2223")+"/p", ">Link</a>")
		})
	}
}

func TestTaskHasAChannelOfItsOwn(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	b.goes(inputs{"name": "inc", "private": false})
	b.goes(inputs{"name": "task", "task": 31, "private": false})
	if name, _ := b.goes(inputs{"task": 31}); name != "task" {
		t.Errorf("the task's call goes to #%s", name)
	}
	if name, _ := b.goes(inputs{}); name != "inc" {
		t.Errorf("the incident's call goes to #%s", name)
	}
}

// The id is in our column, or in the link that the original has written.
func TestRenamedChannelIsFollowed(t *testing.T) {
	for name, columns := range map[string][]string{"with the id's column": withID, "without": nil} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, resilienttest.Faults{Columns: columns})
			b.goes(inputs{"name": "inc", "private": false})
			b.slackDoes("conversations.rename", url.Values{"channel": {b.id("inc")}, "name": {"war-room"}})
			for _, in := range []inputs{{}, {"name": "inc", "private": false}} {
				name, told := b.goes(in)
				calltest.Contains(t, told, "Channel #inc is called #war-room now")
				if name != "war-room" {
					t.Errorf("%v goes to #%s", in, name)
				}
			}
		})
	}
}

func TestNamesAreMadeValid(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	for asked, want := range map[string]string{
		"#War Room (DoS)!":              "war-room-dos",
		"INC.2223":                      "inc-2223",
		"Störung-im-Gebäude":            "storung-im-gebaude",
		strings.Repeat("a", 81):         strings.Repeat("a", 80),
		"_quiet-":                       "_quiet-",
		"a\n<!channel> \"b\" & ; ../c":  "a-channel-b-c",
		strings.Repeat("long name ", 9): strings.Repeat("long-name-", 8),
	} {
		name, told := b.goes(inputs{"name": asked, "private": false})
		if name != want {
			t.Errorf("%q becomes #%s, want #%s", asked, name, want)
		}
		if noted := strings.Contains(told, "cannot be called"); noted != (asked != want) {
			t.Errorf("%q: a note: %v; told %s", asked, noted, told)
		}
	}
	for _, nothing := range []string{"!!!", "#", "---"} {
		calltest.Contains(t, b.fails(inputs{"name": nothing, "private": false}), "slack_channel")
	}
}

func TestTakenNameGetsANumber(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	for range 2 { // #board is a private channel of others; the second call finds the first one's
		name, told := b.goes(inputs{"name": "board", "private": true})
		if name != "board-2" {
			t.Errorf("the channel is #%s: %s", name, told)
		}
	}
	if diff := cmp.Diff([]string{"board-2"}, made(b.slack)); diff != "" {
		t.Error(diff)
	}
}

func TestArchivedChannel(t *testing.T) {
	b := newBench(t, resilienttest.Faults{Columns: withID})
	b.goes(inputs{"name": "inc", "private": true})
	b.slackDoes("conversations.archive", url.Values{"channel": {b.id("inc")}})
	for _, in := range []inputs{{}, {"name": "inc", "private": true}, {"id": b.id("inc")}} {
		calltest.Contains(t, b.fails(in), "#inc is archived")
	}
	name, told := b.goes(inputs{"replace": true})
	calltest.Contains(t, told, "#inc is archived, and is replaced", "Made private Slack channel #inc-2")
	if name != "inc-2" {
		t.Errorf("replaced by #%s", name)
	}
	for _, in := range []inputs{{}, {"name": "inc", "private": true}, {"replace": true}} {
		if name, told := b.goes(in); name != "inc-2" {
			t.Errorf("%v goes to #%s: %s", in, name, told)
		}
	}
	if rows := b.platform.Rows(incident); len(rows) != 1 || rows[0].Cells["slack_db_channel_id"] != b.id("inc-2") {
		t.Errorf("rows %v", rows)
	}
}

func TestChannelThatDoesNotFit(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	calltest.Contains(t, b.fails(inputs{}), "slack_channel")
	calltest.Contains(t, b.fails(inputs{"name": "nowhere"}), "#nowhere", "slack_is_channel_private")
	calltest.Contains(t, b.fails(inputs{"id": "C0NOWHERE"}), "channel_not_found")
	calltest.Contains(t, b.fails(inputs{"name": "soc", "private": true}), "#soc is public")
	calltest.Contains(t, b.fails(inputs{"name": "leads", "private": false}), "#leads is private")
	if rows := b.platform.Rows(incident); len(rows) > 0 || made(b.slack) != nil {
		t.Errorf("rows %v, channels %v", rows, made(b.slack))
	}
	b.goes(inputs{"name": "soc", "private": false})
	_, told := b.goes(inputs{"name": "general"})
	calltest.Contains(t, told, "The channel of RES-2223 is #soc, but this call names #general")
	if name, _ := b.goes(inputs{"name": b.id("firewall")}); name != "firewall" {
		t.Errorf("an id in slack_channel leads to #%s", name)
	}
}

func TestPeople(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	b.goes(inputs{"name": "inc", "private": true, "emails": "ada@example.com"})
	_, told := b.goes(inputs{"emails": " ada@example.com,, leo@example.com,LEO@example.com, old@example.com, nobody@example.com ,"})
	calltest.Contains(t, told, "Invited to #inc: leo@example.com", "In #inc already: ada@example.com",
		"nobody in Slack has the address: nobody@example.com", "deactivated: old@example.com")
	if diff := cmp.Diff([]string{"U0STANDIN1", "U0STANDIN2"}, b.slack.People("inc")); diff != "" {
		t.Error(diff)
	}
}

// The app can post there without being a member, but not invite.
func TestPublicChannelIsJoinedToInvite(t *testing.T) {
	b := newBench(t, resilienttest.Faults{})
	b.goes(inputs{"name": "visited", "emails": "ada@example.com,leo@example.com"})
	if diff := cmp.Diff([]string{"U0STANDIN1", "U0STANDIN2"}, b.slack.People("visited")); diff != "" {
		t.Error(diff)
	}
	got, err := b.rooms.People(t.Context(), channel.Room{ID: b.id("visited")})
	if diff := cmp.Diff([]string{"ada: ada@example.com", "leo: leo@example.com"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// The table is broken in one way or the other.
func TestDataTable(t *testing.T) {
	t.Run("missing", func(t *testing.T) {
		b := newBench(t, resilienttest.Faults{NoTable: true})
		_, told := b.goes(inputs{"name": "inc", "private": false})
		calltest.Contains(t, told, "not remembered")
	})
	t.Run("not to be written", func(t *testing.T) {
		b := newBench(t, resilienttest.Faults{NoPermission: true})
		calltest.Contains(t, b.fails(inputs{"name": "soc"}), "permission")
	})
	t.Run("changed by others", func(t *testing.T) {
		b := newBench(t, resilienttest.Faults{Conflicts: 2})
		b.goes(inputs{"name": "inc", "private": false})
		calltest.Contains(t, b.platform.Rows(incident)[0].Cells["slack_db_permalink"].(string), ">Link</a>")
	})
	t.Run("rows of the original, and of people", func(t *testing.T) {
		b := newBench(t, resilienttest.Faults{})
		b.platform.PutRow(incident, map[string]any{"slack_db_res_id": nil, "slack_db_channel": "general"})
		b.platform.PutRow(incident, map[string]any{"slack_db_res_id": "RES-2223", "slack_db_channel": "soc", "slack_db_permalink": "N/A"})
		b.platform.PutRow(incident, map[string]any{"slack_db_res_id": "RES-2223", "slack_db_channel": "leads"})
		if name, _ := b.goes(inputs{}); name != "soc" {
			t.Errorf("goes to #%s, want that of the first row", name)
		}
	})
}

func TestTwoFirstCallsMakeOneChannel(t *testing.T) {
	for _, name := range []string{"inc", "board"} { // the latter is taken
		b := newBench(t, resilienttest.Faults{})
		var ids []string
		for range 5 {
			ids = append(ids, b.Send(body(t, inputs{"name": name, "private": true})))
		}
		for _, id := range ids {
			b.Result(id)
		}
		if rows := b.platform.Rows(incident); len(rows) != 1 || len(made(b.slack)) != 1 {
			t.Errorf("rows %v, channels %v", rows, made(b.slack))
		}
	}
}

// They know nothing of each other.
func TestTwoInstancesMakeOneChannel(t *testing.T) {
	for _, name := range []string{"inc", "board"} {
		slack, platform, at := calltest.StandIns(t, workspace)
		a, b := benchOn(t, slack, platform, at), benchOn(t, slack, platform, at)
		ids := map[*bench]string{}
		for _, one := range []*bench{a, b} {
			ids[one] = one.Send(body(t, inputs{"name": name, "private": true}))
		}
		for one, id := range ids {
			one.Result(id)
		}
		if rows := platform.Rows(incident); len(rows) != 1 || len(made(slack)) != 1 {
			t.Errorf("rows %v, channels %v", rows, made(slack))
		}
	}
}

// What Slack did and did not say, it is not made to do twice.
func TestAnswersOfSlackGetLost(t *testing.T) {
	for _, fault := range []slacktest.Fault{
		{Posted: true, Drop: true}, {Posted: true, Cut: true}, {Posted: true, Status: 500}, {Drop: true}, slacktest.RateLimited(time.Second),
	} {
		b := newBench(t, resilienttest.Faults{})
		b.slack.Fail("conversations.create", slacktest.Fault{}, fault)
		b.slack.Fail("conversations.invite", fault)
		name, told := b.goes(inputs{"name": "board", "private": true, "emails": "ada@example.com"})
		if name != "board-2" || len(made(b.slack)) != 1 || len(b.slack.People("board-2")) != 1 {
			t.Errorf("%+v: #%s of %v with %v: %s", fault, name, made(b.slack), b.slack.People(name), told)
		}
	}
}

// All pages of the list are read before a channel counts as missing, and not again.
func TestListIsReadOnce(t *testing.T) {
	var many []slacktest.Channel
	for i := range 2500 {
		many = append(many, slacktest.Channel{Name: "c" + strings.Repeat("x", i%7) + "-" + time.Duration(i).String()})
	}
	slack, _, at := calltest.StandIns(t, slacktest.Config{Channels: many})
	f, err := connect(at)
	calltest.Must(t, err)
	for _, at := range []int{2499, 3, 1200} {
		if c, found, err := f.poster.ChannelNamed(context.Background(), many[at].Name, false); err != nil || !found || c.Name != many[at].Name {
			t.Errorf("channel %d: %v, %v, %v", at, c, found, err)
		}
	}
	if n := slack.Calls("conversations.list"); n != 3 {
		t.Errorf("%d pages were read, want 3", n)
	}
}
