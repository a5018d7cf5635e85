// What the page's editor uses of CodeMirror.
export { basicSetup } from "codemirror";
export { EditorState } from "@codemirror/state";
export { EditorView, keymap } from "@codemirror/view";
export { indentWithTab } from "@codemirror/commands";
export { javascript, javascriptLanguage, typescriptLanguage } from "@codemirror/lang-javascript";
export { HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
export { snippetCompletion } from "@codemirror/autocomplete";
export { lintGutter, setDiagnostics } from "@codemirror/lint";
export { tags } from "@lezer/highlight";
