// The editor of one script at a time. What the reader has typed into another one
// stays, with its history, until the page is closed.
import {
  EditorState, EditorView, HighlightStyle, basicSetup, indentWithTab, javascript, javascriptLanguage, keymap, lintGutter,
  setDiagnostics, snippetCompletion, syntaxHighlighting, syntaxTree, tags, typescriptLanguage,
} from "./codemirror.js";

// Which interface of formatter.d.ts a name stands for, as the scripts of the
// gallery use them.
const interfaces = { slack: "Slack", message: "Message", call: "Call", incident: "Incident", field: "Field", console: "Console" };

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--k)" }, { tag: [tags.string, tags.regexp], color: "var(--s)" }, { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--n)" }, { tag: [tags.propertyName, tags.function(tags.variableName)], color: "var(--p)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--bg)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace', lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--tint)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 9%, transparent)" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent) !important" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--tint)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "#fff" },
  ".cm-completionInfo": { maxWidth: "340px" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap" },
});

// option is a member as the completion shows it; a function is called with what
// it wants, to be typed over.
function option(m) {
  const parameters = /^\??\((.*?)\)\s*:/.exec(m.type)?.[1];
  const plain = { label: m.name, detail: m.type.trim(), info: m.doc || undefined, type: parameters === undefined ? "property" : "method" };
  if (parameters === undefined) return plain;
  const names = [...parameters.matchAll(/(?:^|,\s*)(?:\.\.\.)?(\w+)(\?)?\s*:/g)].filter((x) => !x[2]).map((x) => "${" + x[1] + "}");
  return snippetCompletion(m.name + "(" + names.join(", ") + ")", plain);
}

// complete offers the members of what stands before a dot; else the globals, and
// in the default export's own object the members that it may have.
const complete = (members) => (context) => {
  const dotted = context.matchBefore(/(\w+)\??\.\w*$/);
  if (dotted) {
    const name = /^\w+/.exec(dotted.text)[0];
    const list = members[interfaces[name]] || (/^(f|short|long|due)$/.test(name) ? members.Field : null);
    return list ? { from: dotted.from + dotted.text.lastIndexOf(".") + 1, options: list.map(option), validFor: /^\w*$/ } : null;
  }
  const word = context.matchBefore(/\w+$/);
  if (!word && !context.explicit) return null;
  const path = [];
  for (let n = syntaxTree(context.state).resolveInner(context.pos, -1); n; n = n.parent) path.push(n.name);
  if (/String|Comment|RegExp/.test(path[0])) return null;
  const at = path.indexOf("ObjectExpression");
  const inside = at >= 0 && !path.slice(0, at).some((n) => /Block|Arrow|Call/.test(n)) ? path[at + 1] : "";
  const from = word ? word.from : context.pos, globals = ["slack", "console"].map((label) => ({ label, type: "variable" }));
  if (inside === "ExportDeclaration" || inside === "SatisfiesExpression") return { from, options: members.Formatter.map(option), validFor: /^\w*$/ };
  if (inside === "ReturnStatement" || inside === "ParenthesizedExpression") return { from, options: [...members.Result.map(option), ...globals], validFor: /^\w*$/ };
  return { from, options: globals, validFor: /^\w*$/ };
};

// typeOver takes from the browser what is typed over a selection: where that has
// several lines, it would join them with inline styles, which the policy refuses.
function typeOver(e, view) {
  const { from, to, empty } = view.state.selection.main;
  if (e.inputType !== "insertText" || !e.data || empty) return false;
  const insert = () => view.state.update(view.state.replaceSelection(e.data), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, e.data, insert))) view.dispatch(insert());
  e.preventDefault();
  return true;
}

// lines is a text as the editor has it, whose lines end in \n alone.
const lines = (text) => text.replace(/\r\n?/g, "\n");

/**
 * open makes the editor below parent. The styles of CodeMirror are made by
 * script, which the page's policy forbids in the document and allows in a shadow
 * root of its own.
 */
export async function open(parent, save, changed) {
  const members = await (await fetch("completions")).json();
  const root = parent.attachShadow({ mode: "open" });
  const buffers = new Map(); // by script: {state, version, text as it is on disk}
  let current = "";
  const make = (name, text) => EditorState.create({
    doc: text,
    extensions: [
      basicSetup, javascript({ typescript: name.endsWith(".ts") }), look, syntaxHighlighting(colours), lintGutter(), EditorView.lineWrapping,
      (name.endsWith(".ts") ? typescriptLanguage : javascriptLanguage).data.of({ autocomplete: complete(members) }),
      EditorView.contentAttributes.of({ "aria-label": "The script " + name }),
      keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (save(), true) }, indentWithTab]),
      EditorView.domEventHandlers({ beforeinput: typeOver }),
      EditorView.updateListener.of((u) => u.docChanged && changed()),
    ],
  });
  const view = new EditorView({ root, parent: root });
  const typed = () => view.state.doc.toString();
  const dirty = () => current !== "" && typed() !== lines(buffers.get(current).text);

  return {
    dirty,
    /** unsaved are the names of all scripts in which something was typed. */
    unsaved: () => [...buffers].filter(([name, b]) => (name === current ? view.state : b.state).doc.toString() !== lines(b.text)).map(([name]) => name),
    /** text is what is to be saved, with the line ends of the file. */
    text: () => buffers.get(current).text.includes("\r\n") ? typed().replace(/\n/g, "\r\n") : typed(),
    version: () => buffers.get(current).version,
    /** written notes what was saved of a script, which may not be the one that is shown any more. */
    written(name, text, version) {
      Object.assign(buffers.get(name), { text, version });
    },
    /** knows reports whether a script was shown before: its text is kept. */
    knows: (name) => buffers.has(name),
    /** show shows a script, as it is on disk unless something was typed; a text of null leaves what is shown. */
    show(name, text, version, marks) {
      if (name !== current) {
        if (current) buffers.get(current).state = view.state;
        current = name;
        if (!buffers.has(name)) buffers.set(name, { state: make(name, text), text, version });
        view.setState(buffers.get(name).state);
      }
      const buffer = buffers.get(name);
      if (text !== null && buffer.text !== text && !dirty()) {
        Object.assign(buffer, { text, version });
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: Math.min(view.state.selection.main.head, lines(text).length) } });
      }
      const doc = view.state.doc;
      const list = marks.filter((m) => m.line <= doc.lines).map((m) => {
        const line = doc.line(m.line), before = [...line.text].slice(0, Math.max(m.column - 1, 0)).join("").length;
        const from = m.column > 0 ? Math.min(line.from + before, line.to) : line.from;
        return { from, to: m.column > 0 ? Math.max(Math.min(from + 1, doc.length), from) : line.to, severity: "error", message: m.text };
      });
      view.dispatch(setDiagnostics(view.state, list));
    },
  };
}
