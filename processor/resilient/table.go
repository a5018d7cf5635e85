package resilient

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Row is a row of a data table of an incident.
type Row struct {
	ID    int
	Cells map[string]json.RawMessage // by column; a column that is empty may be missing
}

// Text is a cell as text, "" where it is empty or something else.
func (r Row) Text(column string) string {
	var text string
	_ = json.Unmarshal(r.Cells[column], &text) // what is no text stays ""
	return text
}

// rowJSON is a row as the platform writes it.
type rowJSON struct {
	ID    int             `json:"id,omitempty"`
	Cells map[string]cell `json:"cells"`
}

type cell struct {
	Value json.RawMessage `json:"value"`
}

func (j rowJSON) row() Row {
	r := Row{j.ID, make(map[string]json.RawMessage, len(j.Cells))}
	for column, c := range j.Cells {
		if !absent(c.Value) {
			r.Cells[column] = c.Value
		}
	}
	return r
}

// Columns are the names of a data table's columns, sorted. Without such a table the
// error is a [*NotFoundError].
func (c *Client) Columns(ctx context.Context, table string) ([]string, error) {
	var a struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	err := c.org(ctx, http.MethodGet, "/types/"+url.PathEscape(table)+"?handle_format=names", nil, &a)
	if hasStatus(err, http.StatusNotFound) {
		err = &NotFoundError{fmt.Sprintf("data table %q", table), customizeRemedy}
	}
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	return slices.Sorted(maps.Keys(a.Fields)), nil
}

// Rows are those that a data table has for an incident, by their numbers. Where
// there is no such incident or table the error is a [*NotFoundError].
func (c *Client) Rows(ctx context.Context, incident int, table string) ([]Row, error) {
	var a struct {
		Rows []rowJSON `json:"rows"`
	}
	if err := c.org(ctx, http.MethodGet, tablePath(incident, table, ""), nil, &a); err != nil {
		if hasStatus(err, http.StatusNotFound) {
			err = &NotFoundError{fmt.Sprintf("incident %d with a data table %q", incident, table), "correct incident_id, or deploy the table with `fn-slack customize`"}
		}
		return nil, fmt.Errorf("read %s of incident %d: %w", table, incident, err)
	}
	list := make([]Row, len(a.Rows))
	for i, r := range a.Rows {
		list[i] = r.row()
	}
	slices.SortFunc(list, func(a, b Row) int { return a.ID - b.ID })
	return list, nil
}

// AddRow adds a row. After an error that is [Temporary] it may be there.
func (c *Client) AddRow(ctx context.Context, incident int, table string, cells map[string]json.RawMessage) (Row, error) {
	return c.putRow(ctx, http.MethodPost, incident, table, "/row_data", cells)
}

// ChangeRow replaces all cells of a row: those that are not given are emptied.
func (c *Client) ChangeRow(ctx context.Context, incident int, table string, r Row) (Row, error) {
	return c.putRow(ctx, http.MethodPut, incident, table, fmt.Sprintf("/row_data/%d", r.ID), r.Cells)
}

func (c *Client) putRow(ctx context.Context, method string, incident int, table, path string, cells map[string]json.RawMessage) (Row, error) {
	in, out := rowJSON{Cells: map[string]cell{}}, rowJSON{}
	for column, value := range cells {
		in.Cells[column] = cell{value}
	}
	if err := c.org(ctx, method, tablePath(incident, table, path), in, &out); err != nil {
		return Row{}, fmt.Errorf("write %s of incident %d: %w", table, incident, err)
	}
	return out.row(), nil
}

// DeleteRow removes a row.
func (c *Client) DeleteRow(ctx context.Context, incident int, table string, row int) error {
	if err := c.org(ctx, http.MethodDelete, tablePath(incident, table, fmt.Sprintf("/row_data/%d", row)), nil, nil); err != nil {
		return fmt.Errorf("remove a row of %s of incident %d: %w", table, incident, err)
	}
	return nil
}

func tablePath(incident int, table, path string) string {
	return fmt.Sprintf("/incidents/%d/table_data/%s%s?handle_format=names", incident, url.PathEscape(table), path)
}
