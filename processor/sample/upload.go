package sample

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/fn-slack/fn-slack/processor/render"
)

// Upload is the file that a call posts with its comment.
type Upload struct {
	Title string `json:"-"` // in Slack
	Name  string `json:"name"`
	Size  int64  `json:"size"` // bytes; 0 is not known
}

// Upload is the file of a sample's call; nil where the call posts none. What the sample
// does not say of it is named by its number.
func (s Sample) Upload() *Upload {
	if s.Call.Function != render.FileFunction {
		return nil
	}
	of, input := "incident", "attachment_id"
	if s.Call.Inputs.Has("task_id") {
		of = "task"
	}
	if s.Call.Inputs.Has("artifact_id") {
		of, input = "artifact", "artifact_id"
	}
	number, _ := s.Call.Inputs.Number(input) // what cannot be read is an error of Run
	room, _ := render.ReadRoom(s.Call.Inputs)
	u := s.file
	u.Name = cmp.Or(u.Name, fmt.Sprintf("file of %s %d", input[:len(input)-len("_id")], number))
	u.Title = render.FileTitle(room.Incident, of, u.Name)
	return &u
}

// readUpload takes the file out of the members of a sample.
func readUpload(members map[string]json.RawMessage) (u Upload, err error) {
	if raw := members["file"]; raw != nil {
		if err = json.Unmarshal(raw, &u); err != nil {
			err = fmt.Errorf(`"file" must be an object with name and size: %w`, err)
		}
	}
	delete(members, "file")
	return u, err
}
