package engine

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// scriptExtensions are the files that can be scripts, in the order in which a
// name without one is looked for.
var scriptExtensions = []string{".js", ".mjs", ".ts"}

// The bundle hands its default export to the function that it is called with.
// It is strict, as modules are. The newline keeps the columns of the map.
const (
	bundleReceiver = "__receive"
	bundleHead     = "(function (" + bundleReceiver + ") { \"use strict\";\n"
	bundleTail     = "\n})"
)

// makeBundle runs in a worker. It reads no files: everything that can be
// imported is in the request.
func makeBundle(r bundleRequest, limits Limits) (bundleReply, *wireError) {
	var mu sync.Mutex // esbuild loads files concurrently
	var inputs []string
	files := api.Plugin{Name: "scripts", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{Path: a.Path, Namespace: "entry"}, nil
			}
			if a.Namespace == "entry" {
				return api.OnResolveResult{Path: r.Entry, Namespace: "scripts"}, nil
			}
			name, err := r.resolve(a.Importer, a.Path)
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
			text := r.Files[a.Path]
			return api.OnLoadResult{Contents: &text, Loader: loaderOf(a.Path)}, nil
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
		ResolveExtensions: scriptExtensions,
	})
	if len(result.Errors) > 0 {
		return bundleReply{}, explainBuild(result.Errors[0], r.Entry)
	}
	var out bundleReply
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
			return bundleReply{}, &wireError{Kind: KindCrash, Message: "read the source map: " + err.Error()}
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
	if size > limits.Source {
		return bundleReply{}, &wireError{
			Kind:    KindSource,
			Message: fmt.Sprintf("the script has %d bytes with what it imports, more than the limit of %d", size, limits.Source),
			Limit:   fmt.Sprintf("source %d bytes", limits.Source),
			File:    r.Entry,
		}
	}
	return out, nil
}

// resolve finds the file that an import means. Only relative paths that stay
// below the folder exist.
func (r bundleRequest) resolve(importer, spec string) (string, error) {
	if !strings.HasPrefix(spec, "./") && !strings.HasPrefix(spec, "../") {
		return "", fmt.Errorf("cannot import %q: only files below the scripts folder can be imported, by a path that starts with ./ or ../", spec)
	}
	name := path.Join(path.Dir(importer), spec)
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", fmt.Errorf("cannot import %q: it lies outside the scripts folder", spec)
	}
	candidates := []string{name}
	for _, ext := range scriptExtensions {
		candidates = append(candidates, name+ext)
	}
	if base, ok := strings.CutSuffix(name, ".js"); ok { // TypeScript writes the name of what it compiles to
		candidates = append(candidates, base+".ts")
	}
	for _, ext := range scriptExtensions {
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
	return api.LoaderJS
}

func explainBuild(m api.Message, entry string) *wireError {
	w := &wireError{Kind: KindSyntax, Message: "SyntaxError: " + m.Text, File: entry}
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
	w.Frames = []wireFrame{{Line: l.Line, Column: l.Column + 1}}
	if len(m.Notes) > 0 && m.Notes[0].Location == nil { // the others speak of a place that would be missing
		w.Hint = m.Notes[0].Text
	}
	if strings.HasPrefix(m.Text, "Top-level await") {
		w.Message, w.Hint = "SyntaxError: there is no await at the top level of a script", ""
	}
	return w
}
