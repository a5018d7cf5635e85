package channel

import (
	"context"
	"fmt"
	"slices"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Known is a channel that exists.
type Known struct {
	slackapi.Channel

	wish Wish
	row  resilient.Row // of the association; none where the call names the channel
}

// Find gives the channel that a call names by its id, or else the one of the
// association, and makes and changes nothing. Its errors are as those of Enter.
func (r *Rooms) Find(ctx context.Context, t *processor.Task, wish Wish) (Known, error) {
	v := &visit{Rooms: r, t: t, wish: wish}
	if wish.ID == "" {
		rows, err := r.rows(ctx, wish)
		if err != nil {
			return Known{}, err
		}
		if len(rows) == 0 {
			return Known{}, &resilient.InputError{
				Name: "slack_channel_id", Got: "nothing", Want: "the id of a channel, since the data table has none for " + wish.resID(),
			}
		}
		v.row = rows[0]
	}
	c, err := v.find(ctx)
	if err == nil && c.ID == "" {
		err = &unfit{
			fmt.Sprintf("channel #%s of %s does not exist or the app cannot see it. Invite the app with /invite, or name the channel in slack_channel_id.", v.name, wish.resID()),
			"the channel of the association does not exist",
		}
	}
	return Known{c, wish, v.row}, err
}

// Others names the other incidents that the data table associates with a channel; for
// the channel of a task also its own incident and that one's other tasks. Where the
// platform cannot search through all incidents, sure is false.
func (r *Rooms) Others(ctx context.Context, k Known) (others []string, sure bool, err error) {
	if k.wish.Task != 0 {
		var rows []resilient.Row
		if err := r.insist(ctx, func() (err error) {
			rows, err = r.cfg.Platform.Rows(ctx, k.wish.Incident, table)
			return err
		}); err != nil {
			return nil, false, err
		}
		for _, row := range rows {
			if id := row.Text(columnResID); id != k.wish.resID() && k.in(row.Text(columnName), row.Text(columnID), row.Text(columnPermalink)) {
				others = append(others, id)
			}
		}
	}
	for _, text := range k.names() {
		var found []resilient.FoundRow
		err := r.insist(ctx, func() (err error) {
			found, err = r.cfg.Platform.SearchRows(ctx, text)
			return err
		})
		if err != nil && (passing(err) || ctx.Err() != nil) {
			return nil, false, err // others say that this account or this platform cannot
		}
		for _, row := range found {
			switch other := fmt.Sprintf("RES-%d", row.Incident); {
			case !k.in(row.Cells...):
			case row.Incident == k.wish.Incident:
				sure = true // what must be found is found
			case !slices.Contains(others, other):
				others = append(others, other)
			}
		}
	}
	return others, sure, nil
}

// names are what a row may call the channel: by its id, by its name, and by the one
// that it had when it was entered.
func (k Known) names() []string {
	names := []string{k.ID, k.Name}
	if bound := k.row.Text(columnName); bound != "" && bound != k.Name {
		names = append(names, bound)
	}
	return names
}

// in says whether one of the cells of a row means the channel.
func (k Known) in(cells ...string) bool {
	names := k.names()
	return slices.ContainsFunc(cells, func(cell string) bool {
		m := linked.FindStringSubmatch(cell)
		return slices.Contains(names, cell) || m != nil && m[1] == k.ID
	})
}
