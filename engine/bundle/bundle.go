package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

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
	var mu sync.Mutex // esbuild loads files concurrently
	var inputs []string
	var refused *wire.Error
	refuse := func(w *wire.Error) (api.OnLoadResult, error) {
		mu.Lock()
		defer mu.Unlock()
		if refused == nil || w.File < refused.File { // the same one in every run
			refused = w
		}
		return api.OnLoadResult{}, errors.New(w.Message)
	}
	files := api.Plugin{Name: "scripts", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{Path: a.Path, Namespace: "entry"}, nil
			}
			if a.Namespace == "entry" {
				return api.OnResolveResult{Path: r.Entry, Namespace: "scripts"}, nil
			}
			name, err := resolve(r, a.Importer, a.Path)
			if err != nil {
				return api.OnResolveResult{}, err
			}
			return api.OnResolveResult{Path: name, Namespace: "scripts"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "entry"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			text := "import exported from \"script\";\n" + bundleReceiver + "(exported);\n"
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "scripts"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			mu.Lock()
			inputs = append(inputs, a.Path)
			mu.Unlock()
			text, loader := r.Files[a.Path], loaderOf(a.Path)
			if a.With["type"] == "text" {
				loader = api.LoaderText
			}
			if loader == api.LoaderJSON || loader == api.LoaderText {
				return api.OnLoadResult{Contents: &text, Loader: loader}, nil
			}
			if w := parses(a.Path, text, loader); w != nil {
				return refuse(w)
			}
			text += noSourceMap
			return api.OnLoadResult{Contents: &text, Loader: loader}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			return refuse(&wire.Error{Kind: wire.KindSource, Message: "only files of the scripts folder can be imported", File: r.Entry})
		})
	}}
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
		Plugins:           []api.Plugin{files},
		ResolveExtensions: ScriptExtensions,
	})
	if refused != nil {
		return wire.BundleReply{}, refused
	}
	if len(result.Errors) > 0 {
		return wire.BundleReply{}, explainBuild(result.Errors[0], r.Entry)
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
	slices.Sort(inputs)
	out.Inputs = inputs
	size := 0
	for _, name := range inputs {
		size += len(r.Files[name])
	}
	tooLarge := func(size, limit int, what string) (wire.BundleReply, *wire.Error) {
		return wire.BundleReply{}, &wire.Error{
			Kind:    wire.KindSource,
			Message: fmt.Sprintf("the script has %d bytes %s, more than the limit of %d", size, what, limit),
			Limit:   fmt.Sprintf("source %d bytes", limit),
			File:    r.Entry,
		}
	}
	if size > limits.Source {
		return tooLarge(size, limits.Source, "with what it imports")
	}
	if made := len(out.Code) + len(out.Mappings); made > maxGrowth*limits.Source {
		return tooLarge(made, maxGrowth*limits.Source, "when it is bundled")
	}
	return out, nil
}

// noSourceMap ends a source text. esbuild follows the last source map comment of
// a file, also to file:///etc/passwd, and ignores one with a scheme that it does
// not know; so this one hides those that the script has. It moves no position.
const noSourceMap = "\n//# sourceMappingURL=none:"

// parses finds the mistakes of one file, and refuses an import() or require() of
// anything but a string literal. esbuild looks for files that match such an expression on the real file system,
// past the resolver of a plugin; without a bundle to make it only reports the
// expression.
func parses(name, text string, loader api.Loader) *wire.Error {
	result := api.Transform(text, api.TransformOptions{
		Loader:      loader,
		Format:      api.FormatCommonJS, // only where a format is given does it look at require
		Sourcefile:  name,
		TsconfigRaw: "{}",
		LogLevel:    api.LogLevelSilent,
		LogLimit:    1,
		LogOverride: map[string]api.LogLevel{"unsupported-dynamic-import": api.LogLevelError, "unsupported-require-call": api.LogLevelError},
	})
	if len(result.Errors) == 0 {
		return nil
	}
	m := result.Errors[0]
	w := explainBuild(m, name)
	switch m.ID {
	case "unsupported-dynamic-import":
		w.Message = "SyntaxError: import() takes nothing but a path in quotes"
	case "unsupported-require-call":
		w.Message = "SyntaxError: require() takes nothing but a path in quotes"
	default:
		return w
	}
	w.Hint = `write the path as it is: import words from "./lib/words.js" at the top of the file`
	return w
}

// resolve finds the file that an import means. Only relative paths that stay
// below the folder exist.
func resolve(r wire.BundleRequest, importer, spec string) (string, error) {
	if !strings.HasPrefix(spec, "./") && !strings.HasPrefix(spec, "../") {
		return "", fmt.Errorf("cannot import %q: only files below the scripts folder can be imported, by a path that starts with ./ or ../", spec)
	}
	name := path.Join(path.Dir(importer), spec)
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", fmt.Errorf("cannot import %q: it lies outside the scripts folder", spec)
	}
	if IsSample(name) {
		return "", fmt.Errorf("cannot import %q: samples are not for import, put the file into another folder", spec)
	}
	candidates := []string{name}
	for _, ext := range ScriptExtensions {
		candidates = append(candidates, name+ext)
	}
	if base, ok := strings.CutSuffix(name, ".js"); ok { // TypeScript writes the name of what it compiles to
		candidates = append(candidates, base+".ts")
	}
	for _, ext := range ScriptExtensions {
		candidates = append(candidates, path.Join(name, "index"+ext))
	}
	for _, c := range candidates {
		if _, ok := r.Files[c]; ok {
			return c, nil
		}
		if why, ok := r.Unusable[c]; ok {
			return "", fmt.Errorf("cannot import %q: %s %s", spec, c, why)
		}
	}
	return "", fmt.Errorf("cannot import %q: there is no file %s in the scripts folder", spec, name)
}

func loaderOf(name string) api.Loader {
	switch path.Ext(name) {
	case ".ts":
		return api.LoaderTS
	case ".json":
		return api.LoaderJSON
	}
	if slices.Contains(TextExtensions, path.Ext(name)) {
		return api.LoaderText
	}
	return api.LoaderJS
}

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
