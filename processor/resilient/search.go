package resilient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// FoundRow is a row of a data table that a search has found.
type FoundRow struct {
	Incident int
	Cells    []string // what its cells have of text, in no order
}

// SearchRows looks for a text in the rows of all data tables of all incidents that the
// account may read. The platform's index can be some seconds behind, and finds by
// words: whether a row really holds the text is for the caller to see.
func (c *Client) SearchRows(ctx context.Context, text string) ([]FoundRow, error) {
	var a struct {
		Results []struct {
			Incident int `json:"inc_id"`
			Result   struct {
				Cells map[string]cell `json:"cells"`
			} `json:"result"`
		} `json:"results"`
	}
	err := c.inOrg(ctx, func(s *session, _ string) error {
		_, err := c.send(ctx, s, http.MethodPost, "/rest/search_ex", map[string]any{
			"org_id": s.orgID, "query": `"` + text + `"`, "types": []string{"datatable"}, "min_required_results": 0,
		}, &a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search in data tables: %w", err)
	}
	list := make([]FoundRow, len(a.Results))
	for i, r := range a.Results {
		list[i].Incident = r.Incident
		for _, c := range r.Result.Cells {
			var text string
			if json.Unmarshal(c.Value, &text) == nil {
				list[i].Cells = append(list[i].Cells, text)
			}
		}
	}
	return list, nil
}
