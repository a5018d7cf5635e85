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
		LogLimit:          1,
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
		w.Message = "SyntaxError: the script has no default export"
		w.Hint = "write: export default { format(message) { … } }"
		return w
	}
	w.File = strings.TrimPrefix(l.File, "scripts:")
	w.Frames = []wire.Position{{Line: l.Line, Column: l.Column + 1}}
	if len(m.Notes) > 0 && m.Notes[0].Location == nil { // the others speak of a place that would be missing
		w.Hint = m.Notes[0].Text
	}
	if strings.HasPrefix(m.Text, "Top-level await") {
		w.Message, w.Hint = "SyntaxError: there is no await at the top level of a script", ""
	}
	return w
}
