// Package editor is the page on which authors see their layout scripts, and where
// it is allowed write them: the scripts of a folder, a sample as Slack would show
// it, and what is wrong, redrawn at every save.
//
// It promises to render as the service does ([Desk]), that text of incidents stays
// text, and that nothing is written unless Config.Edit is set: then only the
// scripts of the folder are, by the page itself and from this machine.
//
// It leaves to its caller to serve the page, and to keep the engine's scripts up
// to date. CodeMirror is one file that .ci/codemirror makes. Start reading at
// page.go; fmt-test prints what desk.go renders.
package editor
