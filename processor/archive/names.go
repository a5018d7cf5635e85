package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/transcript"
)

// names are those of people and of channels by their ids. Each is asked for once.
type names struct {
	slack   *slackapi.Poster
	people  map[string]string
	rooms   map[string]string
	nobody  int      // ids that Slack does not know
	refused bool     // nothing may be asked for
	notes   []string // what a person should know
	err     error    // why the work has to end
}

func newNames(slack *slackapi.Poster) *names {
	return &names{slack: slack, people: map[string]string{}, rooms: map[string]string{}}
}

// maxNobody bounds what messages with invented ids can cost in requests.
const maxNobody = 100

var (
	personID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[UW][A-Z0-9]{5,20}$`) })
	roomID   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[CG][A-Z0-9]{5,20}$`) })
)

// Person is somebody's name; the id where Slack does not tell.
func (n *names) Person(ctx context.Context, id string) string {
	if !personID().MatchString(id) {
		return cmp.Or(mrkdwn.OneLine(id), "somebody")
	}
	return n.named(n.people, id, func() (string, error) {
		u, err := n.slack.User(ctx, id)
		return cmp.Or(u.Profile.DisplayName, u.RealName, u.Name), err
	})
}

// Mentioned is Person for an id that somebody has written.
func (n *names) Mentioned(ctx context.Context, id string) string {
	if _, known := n.people[id]; !known && n.nobody >= maxNobody {
		return mrkdwn.OneLine(id)
	}
	return n.Person(ctx, id)
}

// Room is the name of a channel that somebody has mentioned.
func (n *names) Room(ctx context.Context, id string) string {
	if _, known := n.rooms[id]; !roomID().MatchString(id) || !known && n.nobody >= maxNobody {
		return mrkdwn.OneLine(id)
	}
	return n.named(n.rooms, id, func() (string, error) {
		c, err := n.slack.Channel(ctx, id)
		return c.Name, err
	})
}

func (n *names) named(known map[string]string, id string, ask func() (string, error)) string {
	if name, ok := known[id]; ok {
		return name
	}
	if n.refused || n.err != nil {
		return id
	}
	name, err := ask()
	var refused *slackapi.RefusedError
	switch {
	case errors.As(err, &refused) && refused.AllChannels():
		n.refused = true
		n.notes = append(n.notes, "Ids stand in the place of names: "+err.Error())
		return id
	case err != nil && slackapi.Code(err) == "": // no answer, although it was waited for
		n.err = err
		return id
	case err != nil:
		if n.nobody++; n.nobody == maxNobody {
			n.notes = append(n.notes, fmt.Sprintf("Ids stand in the place of names in texts: Slack does not know %d of them, so no more were asked for", maxNobody))
		}
	}
	known[id] = cmp.Or(transcript.Name(name), id)
	return known[id]
}
