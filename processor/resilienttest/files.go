package resilienttest

import (
	"cmp"
	"io"
	"net/http"
	"strconv"
)

// File is an attachment of an incident or a task, or the file of an artifact.
type File struct {
	ID, Incident int
	Task         int    // 0: of the incident
	Artifact     int    // 0: an attachment
	Kind         string // of the artifact, such as Malware Sample
	Name         string
	Type         string           // of the contents; "" is application/octet-stream
	Size         int64            // that the description says
	Contents     func() io.Reader // read anew by each request; where it fails, the answer is cut
}

// PutFile adds a file, and with it its artifact.
func (p *Platform) PutFile(f File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = append(p.files, f)
}

// artifactTypes are the platform's numbers of the types that the samples have.
var artifactTypes = map[string]int{"IP Address": 1, "URL": 3, "Email Attachment": 7, "Malware Sample": 12, "Log File": 15, "Other File": 16, "File Name": 26}

func (f File) json() object {
	kind := "incident"
	switch {
	case f.Artifact != 0:
		kind = "artifact"
	case f.Task != 0:
		kind = "task"
	}
	return object{
		"type": kind, "id": f.ID, "name": f.Name, "content_type": cmp.Or(f.Type, "application/octet-stream"), "size": f.Size,
		"inc_id": f.Incident, "created": 1790000000000, "creator_id": userID, "actions": []object{}, "vers": 1,
	}
}

// fileRoutes are those of descriptions and contents.
func (p *Platform) fileRoutes(guarded func(string, func(http.ResponseWriter, *http.Request, Faults))) {
	const org = "GET /rest/orgs/{org}"
	for _, owner := range []string{"/incidents/{incident}/attachments/{id}", "/tasks/{task}/attachments/{id}"} {
		guarded(org+owner, func(w http.ResponseWriter, r *http.Request, _ Faults) {
			if f, found := p.fileOf(r); found {
				reply(w, f.json())
				return
			}
			refuse(w, http.StatusNotFound, "Unable to find the object")
		})
		guarded(org+owner+"/contents", p.contents)
	}
	guarded(org+"/incidents/{incident}/artifacts/{artifact}", p.artifact)
	guarded(org+"/incidents/{incident}/artifacts/{artifact}/contents", p.contents)
}

// fileOf finds the file of a request.
func (p *Platform) fileOf(r *http.Request) (File, bool) {
	number := func(name string) int { n, _ := strconv.Atoi(r.PathValue(name)); return n }
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.files {
		owned := f.Incident == number("incident") && f.Task == 0
		if task := number("task"); task != 0 {
			owned = f.Task == task
		}
		if owned && f.Artifact == number("artifact") && (f.Artifact != 0 || f.ID == number("id")) {
			return f, true
		}
	}
	return File{}, false
}

func (p *Platform) artifact(w http.ResponseWriter, r *http.Request, _ Faults) {
	f, found := p.fileOf(r)
	answer := object{"id": f.Artifact, "inc_id": f.Incident, "type": artifactTypes[f.Kind], "value": f.Name, "attachment": f.json()}
	for _, a := range Artifacts() {
		if !found && strconv.Itoa(a.ID) == r.PathValue("artifact") && strconv.Itoa(a.Incident) == r.PathValue("incident") {
			answer, found = object{"id": a.ID, "inc_id": a.Incident, "type": artifactTypes[a.Kind], "value": a.Value, "attachment": nil}, true
		}
	}
	if !found {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	reply(w, answer)
}

func (p *Platform) contents(w http.ResponseWriter, r *http.Request, _ Faults) {
	f, found := p.fileOf(r)
	if !found {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	w.Header().Set("Content-Type", cmp.Or(f.Type, "application/octet-stream"))
	w.Header().Set("Content-Length", strconv.FormatInt(f.Size, 10))
	if _, err := io.Copy(w, f.Contents()); err != nil {
		panic(http.ErrAbortHandler)
	}
}
