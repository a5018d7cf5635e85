package resilienttest

import "time"

// Task is a task of an incident.
type Task struct {
	ID, Incident int
	Name, Owner  string
	Due          time.Time
	Closed       bool
	Instructions string // HTML
}

// Artifact is an artifact of an incident.
type Artifact struct {
	ID, Incident int
	Kind, Value  string
	Description  string // HTML
}

// Tasks lists the tasks of the sample incidents.
func Tasks() []Task {
	return []Task{
		{
			ID: 31, Incident: IncidentDoS, Name: "Notify the data protection officer", Owner: "Anna Analyst", Due: time.UnixMilli(1524920400000),
			Instructions: `<p>Within <b>72 hours</b>, see <a href="https://gdpr-info.eu/art-33-gdpr/">Art. 33</a>:</p><ul><li>what happened</li><li>who is affected</li></ul>`,
		},
		{
			ID: 32, Incident: IncidentDoS, Name: "Block the sources at the perimeter", Owner: "Bob Operator", Due: time.UnixMilli(1524834000000), Closed: true,
			Instructions: `<ol><li>export the list</li><li>block <code>198.51.100.0/24</code></li></ol>`,
		},
		{
			ID: 33, Incident: IncidentHostile, Name: `<!channel> *free* <https://evil.example|https://bank.example>`, Owner: `"><script>alert(1)</script>`,
			Instructions: `<div>run <a href="javascript:alert(1)">this</a> &lt;!here&gt;</div>`,
		},
	}
}

// Artifacts lists the artifacts of the sample incidents.
func Artifacts() []Artifact {
	return []Artifact{
		{
			ID: 71, Incident: IncidentPhishing, Kind: "URL", Value: "https://login.evil.example/portal?user=42",
			Description: `<p>Leads to <a href="http://203.0.113.9/x">the fake portal</a> on 203.0.113.9</p>`,
		},
		{ID: 72, Incident: IncidentDoS, Kind: "IP Address", Value: "198.51.100.23", Description: `<p>The <b>loudest</b> source</p>`},
		{
			ID: 73, Incident: IncidentHostile, Kind: "File Name", Value: `<!here> C:\Users\bob\invoice.pdf.exe`,
			Description: `<script>alert(1)</script><a href="https://evil.example/">https://bank.example/</a>`,
		},
	}
}
