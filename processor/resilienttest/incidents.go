package resilienttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// slackID is the incident's property that keeps the thread.
const slackID = "slack_id"

// Incident is what the workflows read of an incident.
type Incident struct {
	ID          int               `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"` // HTML
	Created     time.Time         `json:"created"`
	Started     time.Time         `json:"started"` // zero for none
	Severity    string            `json:"severity"`
	Owner       string            `json:"owner"`
	Status      string            `json:"status"` // Active, Closed
	Vectors     []string          `json:"vectors"`
	Types       []string          `json:"types"`
	Confirmed   bool              `json:"confirmed"`
	Properties  map[string]string `json:"properties"` // slack_id keeps the thread
}

func (i *Incident) clone() Incident {
	c := *i
	c.Vectors, c.Types, c.Properties = slices.Clone(i.Vectors), slices.Clone(i.Types), maps.Clone(i.Properties)
	return c
}

// Incidents lists the incidents as they are now, in the order of their numbers.
func (p *Platform) Incidents() []Incident {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Incident, 0, len(p.incidents))
	for _, i := range p.incidents {
		list = append(list, i.clone())
	}
	return list
}

// Incident returns one incident as it is now.
func (p *Platform) Incident(id int) (Incident, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.incidents {
		if i.ID == id {
			return i.clone(), true
		}
	}
	return Incident{}, false
}

// PutIncident adds an incident, or replaces the one of its number.
func (p *Platform) PutIncident(i Incident) {
	c := i.clone()
	if c.Properties == nil {
		c.Properties = map[string]string{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.incidents = slices.DeleteFunc(p.incidents, func(old *Incident) bool { return old.ID == c.ID })
	p.incidents = append(p.incidents, &c)
	slices.SortFunc(p.incidents, func(a, b *Incident) int { return a.ID - b.ID })
}

// The numbers of the sample incidents.
const (
	IncidentDoS      = 2223 // the example of the app's own guide
	IncidentPhishing = 2224 // rich text of every kind
	IncidentHostile  = 2225 // written by an attacker
	IncidentLong     = 2226 // too long for one message
	IncidentBare     = 2227 // hardly anything filled in
)

func sampleIncidents() []*Incident {
	list := []*Incident{
		{
			ID:          IncidentDoS,
			Name:        "DoS attack in EMEA",
			Description: `<div class="rte"><div>Severe issue affecting perimeter routers</div></div>`,
			Created:     time.UnixMilli(1524857616000),
			Started:     time.UnixMilli(1524830400000),
			Severity:    "High",
			Vectors:     []string{"Attrition (Denial-of-Service and Brute-Force Attacks)"},
			Types:       []string{"Denial of Service"},
			Confirmed:   true,
		},
		{
			ID:   IncidentPhishing,
			Name: "Phishing: Rechnung von Müller & Söhne GmbH 🎣",
			Description: `<div class="rte"><p>Three users in <b>Zürich</b> reported a mail with the subject <i>„Überfällige Rechnung“</i> 😡.</p>` +
				`<p>What we know:</p><ul><li>sender <code>billing@mueller-soehne.example</code></li>` +
				`<li>link to <a href="https://portal.example.net/login?user=42&amp;next=%2Fmail">the fake portal</a></li>` +
				`<li>attachment:<ol><li>Rechnung.pdf.exe</li><li>readme.txt</li></ol></li></ul>` +
				`<table><tr><th>Host</th><th>Address</th><th>State</th></tr>` +
				`<tr><td>pc-0815</td><td>10.1.2.3</td><td>isolated</td></tr><tr><td>pc-0816</td><td>10.1.2.4</td><td>clean</td></tr></table>` +
				`<p>First header:</p><pre>Received: from mx.example.net (192.0.2.7)
Subject: =?utf-8?Q?=C3=9Cberf=C3=A4llig?=</pre>` +
				`<blockquote>Please block the sender.</blockquote><p><u>Next</u>: <s>wait</s> reset the passwords.</p></div>`,
			Created:   time.UnixMilli(1790000000000),
			Started:   time.UnixMilli(1789991234567),
			Severity:  "Medium",
			Vectors:   []string{"E-mail", "Web"},
			Types:     []string{"Phishing", "Malware"},
			Confirmed: true,
		},
		{
			ID:   IncidentHostile,
			Name: `<!channel> "urgent" C:\new\temp *now* <@U012AB3CD> & <https://evil.example|https://bank.example>`,
			Description: `<div>Seen in C:\Users\bob\notes.txt:</div>` + "\n" +
				`<div>&lt;!here&gt; &lt;!everyone&gt; click <a href="javascript:alert(1)">here</a> or <a href="https://evil.example/">https://bank.example/</a></div>` + "\n\t" +
				`<script>alert("x")</script><img src="https://evil.example/pixel.gif" width="1" height="1">` +
				`<p>a lone backslash \ and a quoted "word" and {"json": [1, 2]}</p>`,
			Created:   time.UnixMilli(1790000100000),
			Severity:  "Low",
			Vectors:   []string{`Web\Mail`},
			Types:     []string{"Phishing"},
			Confirmed: false,
		},
		{
			ID:          IncidentLong,
			Name:        "Ransomware on the file servers, minute by minute",
			Description: longDescription(),
			Created:     time.UnixMilli(1790000200000),
			Started:     time.UnixMilli(1789990000000),
			Severity:    "High",
			Vectors:     []string{"External/Removable Media"},
			Types:       []string{"Malware", "System Intrusion"},
			Confirmed:   true,
		},
		{
			ID:      IncidentBare,
			Name:    "Lost badge",
			Created: time.UnixMilli(1790000300000),
			Types:   []string{"Lost access badge"},
		},
	}
	for _, i := range list {
		i.Properties = map[string]string{}
	}
	return list
}

// longDescription has about 60,000 characters of text; Slack takes 40,000 in
// one message.
func longDescription() string {
	var b strings.Builder
	b.WriteString(`<div class="rte">`)
	for minute := range 600 {
		fmt.Fprintf(&b, "<div><b>%02d:%02d</b> server fs-%02d: %d files were renamed, the share was taken off the network, owner called.</div>",
			minute/60, minute%60, minute%17, 100+minute*7)
	}
	b.WriteString(`</div>`)
	return b.String()
}
