package channel

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Config holds the parts of Rooms. All but Timeout are required.
type Config struct {
	Slack    *slackapi.Poster
	Platform *resilient.Client // that has logged in
	Timeout  time.Duration     // of the tries to read or write the data table; 0 is ten minutes
}

// Rooms finds and makes the channels of incidents and tasks.
type Rooms struct {
	cfg   Config
	turns turns

	mu     sync.Mutex
	people map[string]string // by id
	asked  time.Time         // when the first of them was asked for
}

// New returns Rooms.
func New(cfg Config) *Rooms {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Minute
	}
	return &Rooms{cfg: cfg, turns: turns{busy: map[string]*turn{}}}
}

// Wish is what a call says of its channel.
type Wish struct {
	Incident int
	Task     int    // 0: the incident itself
	Name, ID string // of a channel; "" names none, and the id counts before the name
	Private  *bool  // what the channel must be, and how it is made; nil: either, and it is not made
	Emails   string // of those to invite, separated by commas
	Replace  bool   // an archived channel is replaced by a new one
}

// resID is how the data table names an incident or a task.
func (w Wish) resID() string {
	if w.Task != 0 {
		return fmt.Sprintf("RES-%d-%d", w.Incident, w.Task)
	}
	return fmt.Sprintf("RES-%d", w.Incident)
}

// Room is the channel of a call.
type Room struct {
	ID, Name string
	Private  bool
	Notes    []string // what a person should know, one sentence each; the statuses have said them

	incident int
	row      resilient.Row // of the data table; 0 is the number of none
}

// Card is the ts of the message that the data table links to, "" for none.
func (r Room) Card() string {
	if m := archived.FindStringSubmatch(r.row.Text(columnPermalink)); m != nil {
		return m[1] + "." + m[2]
	}
	return ""
}

// archived finds a message in its link: its ts without the point.
var archived = regexp.MustCompile(`/archives/[A-Z0-9]+/p(\d{10})(\d{6})\b`)

// visit is one call on its way into its channel.
type visit struct {
	*Rooms
	t     *processor.Task
	wish  Wish
	makes bool // a channel where there is none

	table bool          // the platform has it
	row   resilient.Row // the association; 0 is the number of none
	name  string        // of the channel, as it is looked for or made
	named bool          // by the call, and not by its id
	own   bool          // the channel that is looked for is that of the association
	notes []string
}

// Enter gives the channel of a call, in which those are whom it invites. The calls
// of one incident or task wait for each other. An error knows its kind, or is ctx's
// or the journal's: the function has to return it.
func (r *Rooms) Enter(ctx context.Context, t *processor.Task, wish Wish) (Room, error) {
	return r.visit(ctx, &visit{Rooms: r, t: t, wish: wish, makes: true})
}

// EnterExisting is Enter where a channel need not be made. Else nothing is done, and
// the room has no ID.
func (r *Rooms) EnterExisting(ctx context.Context, t *processor.Task, wish Wish) (Room, error) {
	return r.visit(ctx, &visit{Rooms: r, t: t, wish: wish})
}

func (r *Rooms) visit(ctx context.Context, v *visit) (Room, error) {
	t, wish := v.t, v.wish
	leave, err := r.turns.enter(ctx, wish.resID())
	if err != nil {
		return Room{}, err
	}
	defer leave()
	if err := v.associated(ctx); err != nil {
		return Room{}, err
	}
	c, made, err := v.choose(ctx)
	if err != nil || c.ID == "" {
		return Room{row: v.row}, err
	}
	t.SameChannel(c.Name, c.ID)
	if v.row.ID != 0 && !v.own {
		t.Status(ctx, fmt.Sprintf("The channel of %s is #%s, but this call names #%s", wish.resID(), v.row.Text(columnName), c.Name))
	}
	if err := v.enter(ctx, c, made); err != nil {
		return Room{}, err
	}
	if err := v.invite(ctx, c); err != nil {
		return Room{}, err
	}
	return Room{ID: c.ID, Name: c.Name, Private: c.Private, Notes: v.notes, incident: wish.Incident, row: v.row}, nil
}

// note tells what a person should know.
func (v *visit) note(ctx context.Context, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	v.notes = append(v.notes, text)
	v.t.Status(ctx, text)
}
