package formatters

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// The sample of the original's guide, as its pre-processing script writes it.
const sampleDetails = `{
  "Resilient Incident": { "type": "string", "data": "DoS attack in EMEA" },
  "Resilient URL": { "type": "incident", "data": "2223" },
  "Description": { "type": "richtext", "data": "<div class=\"rte\"><div>Severe issue affecting perimeter routers</div></div>" },
  "Confirmed": { "type": "boolean", "data": "True" },
  "Create Date": { "type": "datetime", "data": "1524857616000" },
  "Start Date": { "type": "datetime", "data": "1524830400000" },
  "Severity": { "type": "string", "data": "High" },
  "NIST Vectors": { "type": "string", "data": "[Attrition (Denial-of-Service and Brute-Force Attacks)]" },
  "Incident Types": { "type": "string", "data": "[Denial of Service]" }
}`

const sampleClassic = `Resilient Incident: DoS attack in EMEA
Resilient URL: https://localhost:8443/#incidents/2223
Description: Severe issue affecting perimeter routers
Confirmed: Yes
Create Date: 2018-04-27T19:33:36Z
Start Date: 2018-04-27T12:00:00Z
Severity: High
NIST Vectors: [Attrition (Denial-of-Service and Brute-Force Attacks)]
Incident Types: [Denial of Service]`

func TestTheSampleIncidentInTheClassicLayout(t *testing.T) {
	list, notes, err := details.Read(sampleDetails)
	if err != nil || notes != nil {
		t.Fatalf("Read: notes %q, error %v", notes, err)
	}
	fields := Options{BaseURL: "https://localhost:8443"}.Fields(list)
	for _, mrkdwn := range []bool{true, false} {
		if diff := cmp.Diff(sampleClassic, Classic(fields, mrkdwn)); diff != "" {
			t.Errorf("Classic(mrkdwn=%v) (-want +got):\n%s", mrkdwn, diff)
		}
	}
}

func BenchmarkIncident(b *testing.B) {
	o := Options{BaseURL: "https://localhost:8443"}
	for b.Loop() {
		list, _, _ := details.Read(sampleDetails)
		Classic(o.Fields(list), true)
	}
}
