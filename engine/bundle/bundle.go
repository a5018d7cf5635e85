package bundle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// ScriptExtensions are the files that can be scripts, in the order in which a
// name without one is looked for.
var ScriptExtensions = []string{".js", ".mjs", ".ts"}

// TextExtensions are the files that are imported as their text.
var TextExtensions = []string{".txt", ".md", ".csv", ".html"}

// maxGrowth is how many times larger than Limits.Source a bundle with its source
// map may be. Inlined constants make a source of 60 kB one of megabytes, and the
// service holds those of all scripts.
const maxGrowth = 8

// The bundle hands its default export to the function that it is called with.
// It is strict, as modules are. The newline keeps the columns of the map.
const (
	bundleReceiver = "__receive"
	bundleHead     = "(function (" + bundleReceiver + ") { \"use strict\";\n"
	bundleTail     = "\n})"
)

// IsSample reports whether a name below the folder is that of a sample, or of
// what is expected of one. They are no files for import.
func IsSample(name string) bool { return strings.HasPrefix(name, "samples/") }

// Make runs in a worker. It reads no files: everything that can be
// imported is in the request. esbuild would look at the real file system on its
// own for three things, so none of them reaches it: an import() or require() of
// anything but a literal (parses), a source map comment (noSourceMap), and
// a path that our resolver has not answered (the last OnLoad).
func Make(r wire.BundleRequest, limits wire.Limits) (wire.BundleReply, *wire.Error) {
	files := folder{request: r}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{"entry"},
		Bundle:      true,
		Format:      api.FormatIIFE,
		Platform:    api.PlatformNeutral,
		// What goja runs; newer syntax is translated to it.
		Target:            api.ES2022,
		Supported:         map[string]bool{"async-generator": false, "for-await": false},
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		Sourcemap:         api.SourceMapExternal,
		SourcesContent:    api.SourcesContentExclude,
		TsconfigRaw:       "{}",
		Outfile:           "bundle.js",
		LogLevel:          api.LogLevelSilent,
		Plugins:           []api.Plugin{{Name: "scripts", Setup: files.setup}},
		ResolveExtensions: ScriptExtensions,
	})
	if files.refused != nil {
		return wire.BundleReply{}, files.refused
	}
	if len(result.Errors) > 0 {
		return wire.BundleReply{}, files.explain(result.Errors[0])
	}
	var out wire.BundleReply
	for _, f := range result.OutputFiles {
		if !strings.HasSuffix(f.Path, ".map") {
			out.Code = bundleHead + string(f.Contents) + bundleTail
			continue
		}
		var m struct {
			Sources  []string `json:"sources"`
			Mappings string   `json:"mappings"`
		}
		if err := json.Unmarshal(f.Contents, &m); err != nil {
			return wire.BundleReply{}, &wire.Error{Kind: wire.KindCrash, Message: "read the source map: " + err.Error()}
		}
		out.Mappings = m.Mappings
		for _, s := range m.Sources {
			out.Sources = append(out.Sources, strings.TrimPrefix(s, "scripts:"))
		}
	}
	// A file that exports nothing and takes nothing of CommonJS is no module at all,
	// and esbuild wraps it in a function that takes neither module nor exports.
	if strings.Contains(out.Code, "\"scripts:"+r.Entry+"\"() {") {
		return wire.BundleReply{}, noDefault(r.Entry)
	}
	for _, m := range result.Warnings {
		if m.Location != nil && strings.HasPrefix(m.Location.File, "scripts:") { // the others are about our entry
			w := explainBuild(m, r.Entry)
			w.Message, w.Hint = m.Text, "" // its notes speak of esbuild's settings
			out.Warnings = append(out.Warnings, w)
		}
	}
	slices.Sort(files.inputs)
	out.Inputs = files.inputs
	if err := withinLimits(r, out, limits); err != nil {
		return wire.BundleReply{}, err
	}
	return out, nil
}

// withinLimits refuses a script that is too large, as written or as made.
func withinLimits(r wire.BundleRequest, out wire.BundleReply, limits wire.Limits) *wire.Error {
	tooLarge := func(size, limit int, what string) *wire.Error {
		return &wire.Error{
			Kind:    wire.KindSource,
			Message: fmt.Sprintf("the script has %d bytes %s, more than the limit of %d", size, what, limit),
			Limit:   fmt.Sprintf("source %d bytes", limit),
			File:    r.Entry,
		}
	}
	size := 0
	for _, name := range out.Inputs {
		size += len(r.Files[name])
	}
	if size > limits.Source {
		return tooLarge(size, limits.Source, "with what it imports")
	}
	if made := len(out.Code) + len(out.Mappings); made > maxGrowth*limits.Source {
		return tooLarge(made, maxGrowth*limits.Source, "when it is bundled")
	}
	return nil
}

// explainBuild says what esbuild found as the author of the script must read it:
// by his file, and without our entry.
func explainBuild(m api.Message, entry string) *wire.Error {
	w := &wire.Error{Kind: wire.KindSyntax, Message: "SyntaxError: " + m.Text, File: entry}
	if m.PluginName != "" {
		w.Message = "Error: " + m.Text
	}
	l := m.Location
	if l == nil {
		return w
	}
	if l.Namespace == "entry" || strings.HasPrefix(l.File, "entry:") {
		// The only thing that can be wrong with the import of the script.
		return noDefault(entry)
	}
	w.File = strings.TrimPrefix(l.File, "scripts:")
	w.Frames = []wire.Position{{Line: l.Line, Column: l.Column + 1}}
	if len(m.Notes) > 0 {
		w.Hint = m.Notes[0].Text
		if at := m.Notes[0].Location; at != nil {
			w.Hint = fmt.Sprintf("%s line %d", w.Hint, at.Line)
		}
	}
	if i := strings.IndexAny(m.Text, "“”„‘’‚"); i >= 0 {
		w.Hint = `this is a typographic quote, as word processors make them: write " or '`
	}
	if strings.HasPrefix(m.Text, "Top-level await") {
		w.Message, w.Hint = "SyntaxError: there is no await at the top level of a script", ""
	}
	return w
}

func noDefault(entry string) *wire.Error {
	return &wire.Error{
		Kind: wire.KindSyntax, Message: "SyntaxError: the script has no default export",
		File: entry, Frames: []wire.Position{{Line: 1, Column: 1}},
		Hint: "write: export default { format(message) { … } }; a file that is only for import belongs into a folder, such as lib",
	}
}
