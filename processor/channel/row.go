package channel

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// The data table and its columns. The id's is our own: where the table lacks it, the
// id is read from the link.
const (
	table           = "slack_conversations_db"
	columnTime      = "slack_db_time"
	columnResID     = "slack_db_res_id"
	columnName      = "slack_db_channel"
	columnType      = "slack_db_channel_type"
	columnPermalink = "slack_db_permalink"
	columnID        = "slack_db_channel_id"
)

// noLink stands in the table until something is posted.
const noLink = "N/A"

var linked = regexp.MustCompile(`/archives/([CG][A-Z0-9]{7,})\b`)

// rowChannel is the channel's id in a row, "" where it has none.
func rowChannel(r resilient.Row) string {
	if id := r.Text(columnID); id != "" {
		return id
	}
	if m := linked.FindStringSubmatch(r.Text(columnPermalink)); m != nil {
		return m[1]
	}
	return ""
}

// associated reads the association of the call's incident or task.
func (v *visit) associated(ctx context.Context) error {
	rows, err := v.rows(ctx, v.wish)
	if notFound(err) {
		v.note(ctx, "The platform has no incident %d with the data table %s, so the channel is not remembered", v.wish.Incident, table)
		return nil
	}
	if err != nil {
		return err
	}
	v.table = true
	if len(rows) > 0 {
		v.row = rows[0]
	}
	return nil
}

// rows are those of an incident or a task, the oldest first.
func (r *Rooms) rows(ctx context.Context, w Wish) ([]resilient.Row, error) {
	var rows []resilient.Row
	err := r.insist(ctx, func() (err error) {
		rows, err = r.cfg.Platform.Rows(ctx, w.Incident, table)
		return err
	})
	return slices.DeleteFunc(rows, func(row resilient.Row) bool { return row.Text(columnResID) != w.resID() }), err
}

// enter associates the channel: where there is no association, or where its channel
// had to be made anew.
func (v *visit) enter(ctx context.Context, c slackapi.Channel, made bool) error {
	if !v.table {
		return nil
	}
	row, err := processor.Step[resilient.Row]{
		Name: "row", Done: "written", What: "row", Where: "the data table",
		Find: notKnown[resilient.Row], // Do looks each time
		Do: func(ctx context.Context, permit processor.Permit) (resilient.Row, error) {
			var row resilient.Row
			err := v.insist(ctx, func() (err error) {
				row, err = v.write(ctx, c, made, permit)
				return err
			})
			return row, err
		},
	}.Take(ctx, v.t)
	if err == nil && v.row.ID == 0 {
		v.t.Status(ctx, "Slack channel #"+c.Name+" is now that of "+v.wish.resID())
	}
	v.row = row
	return err
}

// write looks what is in the table, and changes what has to be.
func (v *visit) write(ctx context.Context, c slackapi.Channel, made bool, permit processor.Permit) (resilient.Row, error) {
	rows, err := v.rows(ctx, v.wish)
	if err != nil || len(rows) > 0 && (!made || !v.own || rowChannel(rows[0]) == c.ID || rows[0].Text(columnName) == c.Name) {
		return first(rows), err
	}
	cells, err := v.cells(ctx, c)
	if err != nil {
		return resilient.Row{}, err
	}
	ctx, cancel, err := within(ctx, permit)
	if err != nil {
		return resilient.Row{}, err
	}
	defer cancel()
	if len(rows) > 0 {
		return v.cfg.Platform.ChangeRow(ctx, v.wish.Incident, table, merged(rows[0], cells))
	}
	row, err := v.cfg.Platform.AddRow(ctx, v.wish.Incident, table, cells)
	if err != nil {
		return row, err
	}
	// Another instance may have written one since we looked: the older one stays.
	if rows, err = v.rows(ctx, v.wish); err != nil || len(rows) == 0 || rows[0].ID == row.ID {
		return row, err
	}
	return rows[0], v.cfg.Platform.DeleteRow(ctx, v.wish.Incident, table, row.ID)
}

func first(rows []resilient.Row) (row resilient.Row) {
	if len(rows) > 0 {
		row = rows[0]
	}
	return row
}

// cells are those of a new row, as far as the table has columns for them.
func (v *visit) cells(ctx context.Context, c slackapi.Channel) (map[string]json.RawMessage, error) {
	columns, err := v.cfg.Platform.Columns(ctx, table)
	if err != nil {
		return nil, err
	}
	cells := map[string]json.RawMessage{}
	for column, value := range map[string]any{
		columnTime: time.Now().UnixMilli(), columnResID: v.wish.resID(), columnName: c.Name, columnID: c.ID,
		columnType: map[bool]string{true: "Private", false: "Public"}[c.Private], columnPermalink: noLink,
	} {
		if slices.Contains(columns, column) {
			cells[column], _ = json.Marshal(value) // a number or a text
		}
	}
	return cells, nil
}

// merged is a row with some cells replaced: the platform empties those that it is
// not given.
func merged(row resilient.Row, cells map[string]json.RawMessage) resilient.Row {
	all := maps.Clone(row.Cells)
	maps.Copy(all, cells)
	return resilient.Row{ID: row.ID, Cells: all}
}

// Link enters the link to a message in the row of its channel, where there is none
// yet, or anew where the one that is there leads to no message any more. It is a step of
// the call.
func (r *Rooms) Link(ctx context.Context, t *processor.Task, room Room, permalink string, anew bool) error {
	before := room.row.Text(columnPermalink)
	if room.row.ID == 0 || before != noLink && !anew || permalink == "" ||
		rowChannel(room.row) != room.ID && room.row.Text(columnName) != room.Name {
		return nil
	}
	link, _ := json.Marshal(`<a href="` + html.EscapeString(permalink) + `">Link</a>`) // a text
	_, err := processor.Step[bool]{
		Name: "link", Done: "entered", What: "link", Where: "the data table",
		Find: notKnown[bool],
		Do: func(ctx context.Context, permit processor.Permit) (bool, error) {
			return true, r.insist(ctx, func() error {
				rows, err := r.cfg.Platform.Rows(ctx, room.incident, table)
				if notFound(err) { // it was deleted meanwhile
					return nil
				}
				at := slices.IndexFunc(rows, func(row resilient.Row) bool { return row.ID == room.row.ID })
				if err != nil || at < 0 || rows[at].Text(columnPermalink) != before {
					return err
				}
				ctx, cancel, err := within(ctx, permit)
				if err != nil {
					return err
				}
				defer cancel()
				_, err = r.cfg.Platform.ChangeRow(ctx, room.incident, table, merged(rows[at], map[string]json.RawMessage{columnPermalink: link}))
				return err
			})
		},
	}.Take(ctx, t)
	return err
}

// within is ctx with the end that the permit sets.
func within(ctx context.Context, permit processor.Permit) (context.Context, context.CancelFunc, error) {
	if permit == nil {
		return ctx, func() {}, nil
	}
	until, err := permit(ctx)
	if err != nil {
		return nil, nil, &notNow{err}
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	return ctx, cancel, nil
}

// insist asks the platform again while time may heal what is wrong. After a conflict
// do reads again what it changes.
func (r *Rooms) insist(ctx context.Context, do func() error) error {
	end := time.Now().Add(r.cfg.Timeout)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := do()
		if err == nil || notFound(err) {
			return err
		}
		status, _ := errors.AsType[*resilient.StatusError](err)
		conflict := status != nil && status.Status == http.StatusConflict
		if !conflict && !passing(err) || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return &platformError{err}
		}
		if conflict {
			pause = time.Second / 4
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return &platformError{err}
		}
	}
}
