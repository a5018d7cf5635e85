package bundle

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/formatters/spelling"
)

// folder is the files of a request in the place of a file system. esbuild asks
// it by three namespaces of its own: "entry" is a file made up here that imports
// the script, "scripts" are those of the request, and no file is in any other.
type folder struct {
	request wire.BundleRequest

	mu      sync.Mutex // esbuild loads files concurrently
	inputs  []string   // the files that were loaded
	refused *wire.Error
}

func (f *folder) setup(b api.PluginBuild) {
	b.OnResolve(api.OnResolveOptions{Filter: ".*"}, f.resolve)
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "entry"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		text := "import exported from \"script\";\n" + bundleReceiver + "(exported);\n"
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "scripts"}, f.load)
	b.OnLoad(api.OnLoadOptions{Filter: ".*"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		return f.refuse(&wire.Error{Kind: wire.KindSource, Message: "only files of the scripts folder can be imported", File: f.request.Entry})
	})
}

func (f *folder) resolve(a api.OnResolveArgs) (api.OnResolveResult, error) {
	if a.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{Path: a.Path, Namespace: "entry"}, nil
	}
	if a.Namespace == "entry" {
		return api.OnResolveResult{Path: f.request.Entry, Namespace: "scripts"}, nil
	}
	name, err := resolve(f.request, a.Importer, a.Path)
	if err != nil {
		return api.OnResolveResult{}, err
	}
	return api.OnResolveResult{Path: name, Namespace: "scripts"}, nil
}

func (f *folder) load(a api.OnLoadArgs) (api.OnLoadResult, error) {
	f.mu.Lock()
	f.inputs = append(f.inputs, a.Path)
	f.mu.Unlock()
	text, loader := f.request.Files[a.Path], loaderOf(a.Path)
	if a.With["type"] == "text" {
		loader = api.LoaderText
	}
	if loader == api.LoaderJSON || loader == api.LoaderText {
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	}
	if !literalImports(text) { // else there is nothing to be found, and it costs as much as the bundling
		if w := parses(a.Path, text, loader); w != nil {
			return f.refuse(w)
		}
	}
	text += noSourceMap
	return api.OnLoadResult{Contents: &text, Loader: loader}, nil
}

// refuse notes why the bundle cannot be made. Of several reasons it keeps that of
// the first file by name, so that every run gives the same one.
func (f *folder) refuse(w *wire.Error) (api.OnLoadResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refused == nil || w.File < f.refused.File {
		f.refused = w
	}
	return api.OnLoadResult{}, errors.New(w.Message)
}

// explain says what esbuild found. Of a file by itself it knows the place better:
// in the bundle, a text that ends too early ends in the line that we have added.
func (f *folder) explain(m api.Message) *wire.Error {
	w := explainBuild(m, f.request.Entry)
	if text, ok := f.request.Files[w.File]; ok && m.PluginName == "" && loaderOf(w.File) != api.LoaderJSON {
		if by := parses(w.File, text, loaderOf(w.File)); by != nil {
			return opened(by, text)
		}
	}
	return w
}

// opened tells where that began which nobody has closed: the text in backticks
// of an error at the end of a file, and the brace of one that misses another.
func opened(w *wire.Error, text string) *wire.Error {
	if len(w.Frames) == 0 {
		return w
	}
	lines := strings.SplitAfter(text, "\n")
	at := w.Frames[0]
	if i := strings.LastIndexByte(text, '`'); i >= 0 && strings.Contains(w.Message, "Unterminated") && at.Line >= len(lines) {
		w.Message = "SyntaxError: this backtick begins a text that is not closed"
		w.Frames = []wire.Position{{Line: 1 + strings.Count(text[:i], "\n"), Column: i - strings.LastIndexByte(text[:i], '\n')}}
	}
	if !strings.Contains(w.Message, `Expected "}"`) || at.Line > len(lines) {
		return w
	}
	before := notCode().ReplaceAllStringFunc(strings.Join(lines[:at.Line-1], "")+lines[at.Line-1][:min(at.Column-1, len(lines[at.Line-1]))], func(s string) string {
		return strings.Repeat("\n", strings.Count(s, "\n"))
	})
	closed := 0
	for i := len(before) - 1; i >= 0; i-- {
		switch before[i] {
		case '}':
			closed++
		case '{':
			if closed--; closed < 0 {
				w.Hint = fmt.Sprintf("the { of line %d is open, or one that follows it", 1+strings.Count(before[:i], "\n"))
				return w
			}
		}
	}
	return w
}

// notCode are comments and texts, as far as they matter to a hint.
var notCode = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("//[^\\n]*|(?s:/\\*.*?\\*/)|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'|(?s:`(?:[^`\\\\]|\\\\.)*`)")
})

// noSourceMap ends a source text. esbuild follows the last source map comment of
// a file, also to file:///etc/passwd, and ignores one with a scheme that it does
// not know; so this one hides those that the script has. It moves no position.
const noSourceMap = "\n//# sourceMappingURL=none:"

// openWords are what begins an expression that esbuild takes for an import.
var openWords = regexp.MustCompile(`import|require`)

// literalImports reports whether every import and require in a text is, for sure,
// a statement or has nothing but a text in quotes between its brackets. It does not
// know comments and strings from code, and says no wherever it would have to.
func literalImports(text string) bool {
	for _, at := range openWords.FindAllStringIndex(text, -1) {
		rest := strings.TrimLeft(text[at[1]:], " \t\r\n")
		if rest == "" {
			continue
		}
		switch c := rest[0]; {
		case c == '(':
		case c == '"' || c == '\'' || c == '{' || c == '*' || c == '_' || c == '$' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9':
			continue // a statement, or a part of a longer word
		default: // a comment, a dot, anything else that may go on to a bracket
			return false
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return false
		}
		end := strings.IndexAny(rest[1:], string(rest[0])+"\\\n")
		if end < 0 || rest[1+end] != rest[0] || !strings.HasPrefix(strings.TrimLeft(rest[2+end:], " \t\r\n"), ")") {
			return false
		}
	}
	return true
}

// parses finds the mistakes of one file, and refuses an import() or require() of
// anything but a string literal. esbuild looks for files that match such an
// expression on the real file system, past the resolver of a plugin; without a
// bundle to make it only reports the expression.
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
	var names []string
	for name := range r.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	return "", fmt.Errorf("cannot import %q: there is no file %s in the scripts folder%s", spec, name, spelling.DidYouMean(name, names))
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
