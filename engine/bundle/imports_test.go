package bundle

import "testing"

func TestLiteralImports(t *testing.T) {
	for text, want := range map[string]bool{
		`import x from "./x"; export default {}`:                       true,
		"/** @type {import(\"./formatter\").Formatter} */\nexport {}":  true,
		`import * as a from './a'; import {b} from "./b"; import"./c"`: true,
		`const important = 1, required = 2`:                            true,
		`const x = require( "./x" )`:                                   true,
		`await import("./x")`:                                          true,
		"import(`./x${y}`)":                                            false,
		"import(`./x`)":                                                false,
		`import(x)`:                                                    false,
		`import("./a" + x)`:                                            false,
		`import("./a", { with: { type: "text" } })`:                    false,
		"import/**/(`./x${y}`)":                                        false,
		"import//\n(`./x${y}`)":                                        false,
		`import.defer(x)`:                                              false,
		`require("./a\x2e" + b)`:                                       false,
		`require?.(x)`:                                                 false,
		`(0, require)(x)`:                                              false,
		`const r = require; r(x)`:                                      false,
	} {
		if got := literalImports(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
