package mistaketest

// Mistake is one script that its author did not mean so.
type Mistake struct {
	Name   string
	Source string // of the script
	// Refused says that the script does not go live; the others do, with a warning.
	Refused bool
	Place   string // line:column in the script; "" is not known
	Hint    string // a part of what is said of it
}

// Words is what Source may import, at lib/words.js.
const Words = "export const x = 1;"

// Table is all of them.
func Table() []Mistake {
	format := func(body string) string { return "export default { format(message) {\n" + body + "\n} };" }
	return []Mistake{
		{"a member twice", "export default {\n  labels: {},\n  labels: {},\n};", false, "3:3", `Duplicate key "labels"`},
		{"a label twice", "export default { labels: {\n  Name: \"a\", Name: \"b\" } };", false, "2:14", `Duplicate key "Name"`},
		{"no export", "const layout = {};", true, "1:1", "write: export default"},
		{"no default export", "export const layout = {};", true, "1:1", "write: export default"},
		{"an unknown member", "export default {\n  lables: {} };", true, "2:3", `did you mean "labels"?`},
		{"a label that nobody sends", `export default { labels: { "Severty": "x" } };`, false, "1:29", `did you mean "Severity"?`},
		{"a field that nobody sends", `export default { fields: { "Severty": "string" } };`, false, "1:29", `did you mean "Severity"?`},
		{"a type that nobody has", `export default { fields: { "Severity": "sevrity" }, types: { severity: String } };`, false, "1:41", `did you mean "severity"?`},
		{"a type that nobody sends", `export default { types: { strng: String } };`, false, "1:27", `did you mean "string"?`},
		{"a field of the message", format(`return message.field("Severty").text`), true, "2:33", `no field "Severty"; did you mean "Severity"?; it has: Resilient Incident, `},
		{"a member of the message", format(`return "x" + message.titel`), false, "2:22", `message has no "titel"; did you mean "title"?`},
		{"a member of the call", format(`return "x" + message.call.worklfow`), false, "2:27", `did you mean "workflow"?`},
		{"a member of a field", format(`return message.field("Severity")?.txet ?? "x"`), false, "2:35", `did you mean "text"?`},
		{"a member taken out", format(`const { title, feilds } = message; return title`), false, "2:16", `message has no "feilds"; did you mean "fields"?`},
		{"a member of match's call", "export default { match: ({ workflwo }) => false };", false, "1:28", `did you mean "workflow"?`},
		{"a helper", format(`return slack.secton(message.title)`), true, "2:14", `slack has no "secton"; did you mean "section"?`},
		{"a helper that is not reached", format(`if (message.isReply) return slack.secton("x"); return "x"`), false, "2:35", `did you mean "section"?`},
		{"a method of JavaScript", format(`if (message.isReply) return JSON.prase("x"); return "x"`), false, "2:34", `did you mean "parse"?`},
		{"a variable", format(`return messge.title`), true, "2:8", `did you mean "message"?`},
		{"fetch", format(`return String(fetch("https://example.com"))`), true, "2:15", "a script has no network"},
		{"process", format(`return process.env.HOME`), true, "2:8", "message.call"},
		{"require", format(`return require("fs").name`), true, "2:16", "only files below the scripts folder"},
		{"setTimeout", format(`setTimeout(() => 1); return "x"`), true, "2:1", "no timers"},
		{"document", format(`return document.title`), true, "2:8", "not in a browser"},
		{"window", format(`if (message.isReply) return window.name; return "x"`), false, "2:29", "not in a browser"},
		{"an import", "import x from \"./lib/wrods.js\";\nexport default x;", true, "1:15", `did you mean "lib/words.js"?`},
		{"typographic quotes", "export default { labels: {\n  “Severity”: 1 } };", true, "2:3", "typographic quote"},
		{"an open backtick", format("return `Title: ${message.title};"), true, "2:8", "not closed"},
		{"an open brace", "export default {\n  labels: {\n};", true, "3:2", `the { of line 1 is open`},
		{"an endless loop", format("let i = 0;\nfor (;;) {\n  i++;\n}"), true, "4:3", "does not end"},
		{"an object as text", format("return `x ${{}}`"), false, "", "[object Object]"},
		{"undefined", format("return `x ${undefined}`"), false, "", `it says "undefined"`},
		{"no number", format("return `x ${1 - undefined}`"), false, "", `it says "NaN"`},
		{"a placeholder in quotes", format(`return { blocks: [slack.section("${message.title}")] }`), false, "", "only between backticks"},
		{"a colour", format(`return { color: "rde", blocks: [slack.divider()] }`), false, "", `no colour "rde"`},
		{"the address of a button", format(`return { blocks: [slack.actions(slack.button("x", "javascript:1"))] }`), false, "", "a button cannot lead to"},
		{"an emoji", format(`return { text: "x", icon_emoji: "rotating light" }`), false, "", "no name of an emoji"},
		{"a match that throws", "export default { match: (call) =>\n  call.inputs.x.y };", true, "2:17", "Cannot read property 'y' of undefined"},
		{"a match that waits", "export default { match: async () => true };", true, "", "not a promise"},
		{"a match that is no boolean", `export default { match: (call) => call.function };`, true, "", "must return true or false, not a string"},
		{"a kind of block", format(`return { blocks: [{ type: "sectoin" }] }`), true, "2:28", `blocks[0].type: Slack has no block "sectoin"; did you mean "section"?`},
		{"a member of a block", format(`return { blocks: [{ type: "section", txet: slack.section("x").text }] }`), true, "2:38", `blocks[0].txet: a section block has no member "txet"; did you mean "text"?`},
		{"a text for a text object", format(`return { text: "x", blocks: [{ type: "section", text: "x" }] }`), true, "", `blocks[0].text: it is a text, want an object like { type: "mrkdwn", text: "…" }`},
		{"two rules of Slack's", format("return { blocks: [{ type: \"sectoin\" },\n  { type: \"haeder\" }, { type: \"section\", text: \"x\" }, { type: \"section\", text: { type: \"mrkdwn\" } }] }"), true, "3:12", `did you mean "header"?`},
		{"a member of the result", format(`return { txt: "x" }`), true, "2:10", `did you mean "text"?`},
		{"no return", format(`slack.section("x");`), true, "", "perhaps a return is missing"},
		{"an archive of what has no files", "export default { archive: (m) =>\n  m.files[0].name };", true, "2:14", "Cannot read property 'name' of undefined"},
		{"a member of a message in an archive", "export default { archive: (m) =>\n  m.user + m.txet };", false, "2:14", `did you mean "text"?`},
		{"an empty file", "", true, "", "is empty"},
		{"a match that fails over a note", "export default { match: (call) =>\n  call.objectType === \"note\" && call.inputs.x.y };", true, "2:47", "Cannot read property 'y' of undefined"},
		{"a layout that fails over a note", "export default { match: (call) => call.objectType === \"note\",\n  format: (m) => m.field(\"Severity\").text };", true, "2:38", `no field "Severity"; it has: Resilient URL, Task, Note`},
		{"a layout for incidents that may be named for others", format(`return message.field("Severity").text`), false, "2:34", "the built-in note shows it"},
	}
}
