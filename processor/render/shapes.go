package render

import "github.com/fn-slack/fn-slack/engine"

// shape has members of which no more is known.
func shape(names ...string) engine.Shape {
	s := engine.Shape{}
	for _, name := range names {
		s[name] = nil
	}
	return s
}

// callShape, messageShape and lineShape are what the driver hands to match, to format
// and to archive.
func callShape() engine.Shape {
	s := shape("function", "workflow", "objectType", "principal", "inputs", "isReply")
	s["incident"] = shape("id", "url")
	return s
}

func messageShape() engine.Shape {
	s := shape("fields", "allFields", "title", "isReply", "isUpdate", "previous", "changes", "text")
	s["field"] = shape("label", "type", "data", "text", "plain", "richText", "empty", "note")
	s["incident"] = shape("id", "url")
	s["call"] = callShape()
	return s
}

func lineShape() engine.Shape {
	s := shape("number", "isReply", "replies", "user", "time", "text", "edited", "files", "classic")
	s["call"] = callShape()
	return s
}

// elsewhere is what to do instead for what a script does not find here.
func elsewhere() map[string]string {
	hints := map[string]string{}
	for hint, names := range map[string][]string{
		"a script has no network: what it shows comes with the call, in message.fields and message.call.inputs": {"fetch", "XMLHttpRequest", "WebSocket", "axios"},
		"a script has no timers: do the work at once and return the result":                                     {"setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame"},
		"a script runs in the service and not in a browser: return what Slack is to show":                       {"document", "window", "navigator", "location", "localStorage", "alert"},
		"a script sees neither the machine nor its files: what it needs comes with the call, in message.call":   {"process", "Deno", "Bun", "Buffer", "__dirname", "__filename"},
	} {
		for _, name := range names {
			hints[name] = hint
		}
	}
	return hints
}
