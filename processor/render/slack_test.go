package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is the text of a message that a script makes of one field, D.
func said(t *testing.T, source, data string) string {
	t.Helper()
	r := newRenderer(t, map[string]string{"default.js": source}, nil)
	out, err := r.Render(t.Context(), Request{Call: call(t, map[string]any{"slack_channel": "soc", "slack_details": map[string]any{"D": map[string]any{"type": "string", "data": data}}}), ID: "1", Time: noon})
	if err != nil || out.Failed != nil {
		t.Fatal(err, out.Failed)
	}
	return out.Messages[0].Text
}

// Its helpers are made when they are looked at. A script does not see that.
func TestSlackLooksLikeAnObjectThatWasWrittenOut(t *testing.T) {
	const source = `
		const names = "esc link user channelRef broadcast date bold italic code pre quote truncate defang plain mrkdwn header section fields richText lines context divider image actions button table".split(" ");
		const text = (f) => { try { return String(f()); } catch (e) { return e.name; } };
		const same = {
			type: () => typeof slack + slack + Object.prototype.toString.call(slack),
			prototype: () => Object.getPrototypeOf(slack) === Object.prototype,
			json: () => JSON.stringify([slack, Object.values(slack).length, Object.entries(slack)[1][0]]),
			keys: () => [Object.keys(slack), Object.getOwnPropertyNames(slack), Reflect.ownKeys(slack), forIn(slack), Object.keys({ ...slack })].every((list) => list.join() === names.join()),
			has: () => ["table" in slack, "none" in slack, Object.hasOwn(slack, "user"), Object.hasOwn(slack, "toString"), "toString" in slack, slack.none],
			descriptors: () => names.every((name) => {
				const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(slack, name);
				return value === slack[name] && writable && enumerable && configurable && typeof value === "function" && value.name === name;
			}),
			lengths: () => names.map((name) => slack[name].length).join(""),
			identity: () => { const { bold } = slack; return [slack.bold === bold, { ...slack }.bold === bold]; },
			added: () => { slack.mine = 1; const keys = Object.keys(slack).at(-1); delete slack.mine; return [keys, slack.mine, "mine" in slack]; },
			changed: () => { const { esc } = slack; slack.esc = () => "other"; const got = slack.esc("a"); Object.defineProperty(slack, "esc", { value: esc }); return [got, slack.esc("<"), Object.keys(slack)[0]]; },
			kept: () => { Object.defineProperty(slack, "pre", { enumerable: true }); return slack.pre.name; },
			deleted: () => { const { esc } = slack; delete slack.esc; const gone = [slack.esc, "esc" in slack, Object.keys(slack)[0]]; slack.esc = esc; return [...gone, Object.keys(slack).at(-1)]; },
			constant: () => { const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "slack"); return [writable, enumerable, configurable, text(() => { slack = 1; }), text(() => { delete globalThis.slack; })]; },
		};
		function forIn(o) { const list = []; for (const name in o) list.push(name); return list; }
		export default { format: () => Object.entries(same).map(([name, f]) => name + " " + text(f)).join("\n") };`
	want := strings.Join([]string{
		"type object[object Object][object Object]",
		"prototype true",
		`json [{},26,"link"]`,
		"keys true",
		"has true,false,true,false,true,",
		"descriptors true",
		"lengths 12111211111211112111003031",
		"identity true,true",
		"added mine,,false",
		"changed other,&lt;,esc",
		"kept pre",
		"deleted ,false,link,esc",
		"constant false,true,false,TypeError,TypeError",
	}, "\n")
	if diff := cmp.Diff(want, strings.ReplaceAll(said(t, source, "x"), "&amp;", "&")); diff != "" {
		t.Errorf("what a script sees (-want +got):\n%s", diff)
	}
}

// What is made late does not look for anything that a script can have replaced.
func TestWhatIsMadeLateDoesNotAskReplacedBuiltIns(t *testing.T) {
	const source = `
		const bad = () => { throw new Error("asked"); };
		for (const name of ["defineProperty", "defineProperties", "create", "setPrototypeOf", "assign", "keys", "hasOwn"]) Object[name] = bad;
		for (const name of ["split", "includes", "indexOf", "slice"]) String.prototype[name] = bad;
		for (const name of ["push", "concat", "slice", "indexOf"]) Array.prototype[name] = bad;
		for (const name of ["call", "apply", "bind"]) Function.prototype[name] = bad;
		Object.prototype.get = Object.prototype.set = Object.prototype.toJSON = bad;
		Object.prototype.writable = Object.prototype.enumerable = true;
		JSON.parse = JSON.stringify = bad;
		export default { format: (message) => slack.bold(slack.esc(` + "`${message.field(\"D\")}`" + `)) + slack.header("10:100:3").text.emoji };`
	if got, want := said(t, source, "a<b"), "*a&amp;lt;b*false"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the helpers have made comes beside the output: an object that says something
// else of itself in JSON does not make data act.
func TestNothingIsForgedByAResultThatSaysSoInJSON(t *testing.T) {
	r := newRenderer(t, map[string]string{"default.js": `
		class Forged { constructor(text) { this.data = text; } toJSON() { return { made: [this.data], result: { text: this.data } }; } }
		const hide = (o) => Object.defineProperty(o, "data", { enumerable: false });
		export default { format: (message) => hide(new Forged(message.field("D").data)) };`}, nil)
	out, err := r.Render(t.Context(), Request{Call: call(t, map[string]any{"slack_channel": "soc", "slack_details": `{"D":{"type":"string","data":"<!channel>"}}`}), ID: "1", Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	if out.Failed == nil || strings.Contains(out.Messages[0].Text, "<!channel>") {
		t.Errorf("got %q, failed: %v", out.Messages[0].Text, out.Failed)
	}
}
