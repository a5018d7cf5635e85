package formatters

// parityDifferences says, by reason, which recorded renderings are not the
// original's on purpose, and what ours are: everything that the original fails
// at, and every rendering with other words.
var parityDifferences = []struct {
	why  string
	want map[string]string
}{
	{"readable by a person, though not by the original: None, quoted dates, typed paths, numbers and white space that JSON does not know", map[string]string{
		"wf-incident-create-none":  "Resilient Incident: Phishing email reported\nResilient URL: https://resilient.example.com/#incidents/2095\nDescription: text\nConfirmed: Yes\nStart Date: 2018-05-02T22:26:40Z\nSeverity: Low\nNIST Vectors: [u'Web']\nIncident Types: [u'Malware']",
		"wf-incident-path-in-name": "Resilient Incident: Dropper in C:\\Users\\bob\\AppData\nResilient URL: https://resilient.example.com/#incidents/2095\nDescription: text\nConfirmed: Yes\nCreate Date: 2018-05-03T00:44:48Z\nStart Date: 2018-05-02T22:26:40Z\nSeverity: Low\nNIST Vectors: [u'Web']\nIncident Types: [u'Malware']",
		"mail-wf-outlook":          "Resilient Incident: Phishing email reported\nResilient URL: https://resilient.example.com/#incidents/2095\nDescription: Dear customer,\n\nYour mailbox is *almost full*. Please <http://login.evil.example/owa/?u=victim%40example.com&amp;r=1|validate your account> within 24 hours.\n\nThank you,\nIT Service Desk\nConfirmed: Yes\nCreate Date: 2018-05-03T00:44:48Z\nStart Date: 2018-05-02T22:26:40Z\nSeverity: Low\nNIST Vectors: [u'Web']\nIncident Types: [u'Malware']",
		"dt-str":                   "Before: b\nX: 2018-05-03T00:44:48Z\nAfter: a",
		"dt-str-none":              "Before: b\nAfter: a",
		"nl-esc-bs-n-quote":        "A: dir\\n",
		"nl-bad-x-escape":          "A: \\x41",
		"nl-bad-u-escape":          "A: \\u12",
		"nl-user-dir-u":            "A: D:\\users",
		"js-trailing-comma":        "A: x",
		"js-py-none":               "",
		"js-py-true":               "A: Yes",
		"js-missing-data":          "",
		"js-nbsp-ws":               "A: x",
		"js-leading-zero":          "A: 007",
		"js-plus":                  "A: +5",
		"rto-NaN":                  "Before: b\nX: NaN\nAfter: a",
	}},
	{"shown as given, with a note, where the original fails", map[string]string{
		"dt-overflow":     "Before: b\nX: 99999999999999999999\nAfter: a",
		"dt-dict":         "Before: b\nX: v: 1\nAfter: a",
		"dt-NaN":          "Before: b\nX: NaN\nAfter: a",
		"dt-negInfinity":  "Before: b\nX: -Infinity\nAfter: a",
		"st-type-space":   "A: x",
		"st-type-int":     "A: x",
		"st-type-unicode": "A: x",
		"st-type-quote":   "A: x",
		"st-no-type":      "A: x",
		"st-val-string":   "A: x",
		"st-val-int":      "A: 5",
		"st-val-true":     "A: true",
	}},
	{"a date that the original cannot write", map[string]string{
		"dt-huge":     "Before: b\nX: 10000-01-01T00:00:00Z\nAfter: a",
		"dt-list":     "Before: b\nX: 2018-05-03T00:44:48Z\nAfter: a",
		"dt-year-999": "Before: b\nX: 0999-01-01T00:00:00Z\nAfter: a",
	}},
	{"a backslash that the original swallows; a form feed that JSON has in it goes", map[string]string{
		"wf-incident-unc":  "Resilient Incident: Share \\fileserverinance encrypted\nResilient URL: https://resilient.example.com/#incidents/2095\nDescription: text\nConfirmed: Yes\nCreate Date: 2018-05-03T00:44:48Z\nStart Date: 2018-05-02T22:26:40Z\nSeverity: Low\nNIST Vectors: [u'Web']\nIncident Types: [u'Malware']",
		"nl-esc-bs-n-t":    "A: a\\nt",
		"nl-win-path-temp": "A: C:\tempoo",
	}},
	{"a line break that the original deletes, gluing words together", map[string]string{
		"rt-pre":              "Description:\n```\nline 1\n  line 2\n\nline 4\n```",
		"rt-ws-collapse":      "Description: a   b\t\tc d",
		"nl-esc-nl-in-string": "A: one\ntwo",
		"nl-esc-nl-pre":       "A:\n```\none\ntwo\n```",
	}},
	{"false and 0 are answers, not gaps", map[string]string{
		"bool-0":         "Before: b\nX: No\nAfter: a",
		"bool-false":     "Before: b\nX: No\nAfter: a",
		"st-mid-empty-3": "A: a\nD: No\nE: e",
		"str-false":      "Before: b\nX: false\nAfter: a",
	}},
	{"clearly yes, or shown as given", map[string]string{
		"bool-sy":       "Before: b\nX: Yes\nAfter: a",
		"bool-son":      "Before: b\nX: Yes\nAfter: a",
		"bool-strue-sp": "Before: b\nX: Yes\nAfter: a",
		"bool-dict":     "Before: b\nX: a: 1\nAfter: a",
	}},
	{"a label without anything to show", map[string]string{
		"rt-nbsp-only": "",
		"rt-empty-p":   "",
		"rt-only-br":   "",
		"str-space":    "Before: b\nAfter: a",
	}},
	{"text in angle brackets that the original takes for HTML", map[string]string{
		"rt-slack-mention":      "Description: ping @\u2060here and #\u2060general and &lt;!channel&gt;",
		"rt-slack-escape-chars": "Description: Fish &amp; Chips &lt;now&gt; &amp; later",
	}},
	{"no link to where it must not go, or that nobody can see", map[string]string{
		"rt-a-js":       "Description: x",
		"rt-a-empty":    "Description: x",
		"rt-img-data":   "Description: shot",
		"rt-img-link":   "Description: <https://e.example|pic>",
		"mail-outlook":  "Description: Dear customer,\n\nYour mailbox is *almost full*. Please <http://login.evil.example/owa/?u=victim%40example.com&amp;r=1|validate your account> within 24 hours.\n\nThank you,\nIT Service Desk",
		"rt-a-space":    "Description: <https://e.example/a%20b.html|sp>",
		"inc-port-none": "Before: b\nX: https://resilient.example.com/#incidents/1\nAfter: a",
	}},
	{"marks that the original leaves in the middle of a word", map[string]string{
		"rt-b-empty":  "Description: ac",
		"rt-bad-nest": "Description: xy",
	}},
	{"entries of a form on lines of their own, a frame not at all", map[string]string{
		"rt-form":       "Description: UserGo\na\nb\nt",
		"rt-svg-iframe": "Description: sv",
	}},
	{"members of lists and objects, comma separated, without what is empty", map[string]string{
		"str-list-mixed": "Before: b\nX: 1, true, x, 1.5\nAfter: a",
		"str-nested":     "Before: b\nX: a: 1\nAfter: a",
		"rto-list":       "Before: b\nX: *x*\nAfter: a",
		"rto-dict":       "Before: b\nX: *x*\nAfter: a",
	}},
	{"numbers as they are written, control characters left out", map[string]string{
		"str-float-small": "Before: b\nX: 1e-7\nAfter: a",
		"js-inf":          "A: Infinity",
		"js-del-char":     "A: ab",
	}},
}

// unreadable are those that nobody could read, or that hold nothing: the
// original fails, and so do we, with a position and a reason.
var unreadable = []string{
	"st-no-data-unknown", "st-val-null", "st-val-list", "st-val-empty-list", "st-top-string",
	"st-top-int", "st-top-null", "st-top-float", "js-empty", "js-text",
	"js-truncated", "js-two-docs", "js-colon-missing", "js-unterminated-str", "js-unescaped-quote",
}
