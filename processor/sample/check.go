package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Now is the clock of a sample's render, so that it gives the same message
// every day.
var Now = time.Date(2018, time.April, 27, 19, 34, 0, 0, time.UTC)

// BaseURL is the platform's address in samples, so that they give the same
// message in every installation.
const BaseURL = "https://localhost:8443"

// NewRenderer returns the Renderer of samples: their expectations hold wherever
// the scripts are installed, so no setting of the installation goes into them.
// A script that fails is an error.
func NewRenderer(e *engine.Engine) *render.Renderer {
	cfg := render.Config{Engine: e, Fail: true, FailUnreadable: true}
	cfg.Options.BaseURL = BaseURL
	return render.New(cfg)
}

// Checker checks scripts of one folder.
type Checker struct {
	Renderer *render.Renderer // its engine is used, with the settings of NewRenderer
	Folder   *engine.Snapshot // the scripts folder; the samples of x.js lie in samples/x/*.json
	Dir      string           // where that folder is, for the paths of samples
}

// Check renders the samples of a script, those it exports and those in its
// folder, and the built-in ones that come to it in any case. The error names the
// first sample that fails, and how; hints are what its author should know of a
// script that passes.
//
// A want that the script exports must be met: it is saved with the script. One
// that is stored in a file is not looked at, or no edit could change a message;
// fmt-test compares those.
func (c Checker) Check(ctx context.Context, s *engine.Script) (hints []string, err error) {
	about, samples, err := c.described(ctx, s)
	if err != nil {
		return nil, err
	}
	if hints, err = c.try(ctx, s, about, samples); err != nil {
		return nil, err
	}
	return append(hints, c.unknown(s, about, samples)...), nil
}

// Try is Check without the hints that depend on the samples of other scripts, those
// of Unknown.
func (c Checker) Try(ctx context.Context, s *engine.Script) (hints []string, err error) {
	about, samples, err := c.described(ctx, s)
	if err != nil {
		return nil, err
	}
	return c.try(ctx, s, about, samples)
}

func (c Checker) try(ctx context.Context, s *engine.Script, about render.Description, samples []Sample) (hints []string, err error) {
	hints = render.Hints(s)
	renderer := NewRenderer(c.Renderer.Engine())
	try := func(in Sample, asked bool) error {
		odd, err := check(ctx, renderer, s, in, asked)
		for _, hint := range odd {
			if !slices.Contains(hints, hint) {
				hints = append(hints, hint)
			}
		}
		return err
	}
	for _, in := range samples {
		if in.File != "" {
			in.Want = nil
		}
		if err := try(in, true); err != nil {
			return nil, err
		}
	}
	if about.Archive && !slices.ContainsFunc(samples, func(in Sample) bool { return in.History != nil }) {
		if err := try(embedded("history"), true); err != nil {
			return nil, err
		}
	}
	for i, in := range Builtins() {
		if i > 0 && len(samples) > 0 { // its author has said what comes
			break
		}
		err := try(in, false)
		if i > 0 && err != nil && ctx.Err() == nil && !about.Match && !render.IsDefault(s.Name) { // no call need come to it
			return append(hints, onlyNamed(err, in.Name)), nil
		}
		if err != nil {
			return nil, err
		}
	}
	return hints, nil
}

// BuiltinsFor are the built-in samples that the script gets without being named; of
// one that must be named it is the incident.
func (c Checker) BuiltinsFor(ctx context.Context, s *engine.Script) ([]Sample, error) {
	d, err := c.Renderer.Describe(ctx, s)
	list := Builtins()
	switch {
	case err != nil:
		return nil, err
	case d.Match:
		renderer := NewRenderer(c.Renderer.Engine())
		return slices.DeleteFunc(list, func(in Sample) bool {
			r, err := renderer.Render(ctx, render.Request{Call: in.Call, ID: in.Name, Time: Now, Script: s})
			return err == nil && r.Script != s.Name
		}), nil
	case render.IsDefault(s.Name):
		return list, nil
	}
	return list[:1], nil
}

// onlyNamed is the hint at a failure over an object for which perhaps no workflow
// names the script.
func onlyNamed(err error, sample string) string {
	text := err.Error()
	if script := (*engine.ScriptError)(nil); errors.As(err, &script) {
		text = script.Detail()
	}
	return fmt.Sprintf("%s\nhint: the %s shows it; it matters where a workflow names the script for such an object", text, sample)
}

// check renders one sample; one that the script does not take is well.
func check(ctx context.Context, renderer *render.Renderer, s *engine.Script, in Sample, asked bool) (hints []string, err error) {
	rendered, err := in.Render(ctx, renderer, render.Request{ID: in.Name, Time: Now, Script: s, Asked: asked})
	if err == nil {
		err = Compare(in.Want, rendered)
	}
	// The position in the script says more than any wrapping could.
	var script *engine.ScriptError
	if invalid := (*render.InvalidError)(nil); errors.As(err, &invalid) {
		err = invalid.ScriptError()
	}
	if err != nil && !errors.As(err, &script) {
		err = fmt.Errorf("sample %s: %w", in.Name, err)
	}
	if err != nil || len(rendered.Messages) == 0 || rendered.Script != s.Name {
		return nil, err
	}
	for _, odd := range render.Oddities(in.Call, rendered.Messages[0]) {
		hints = append(hints, s.File+": "+odd)
	}
	return hints, nil
}

// Samples are those that a script exports, then those in its folder by name.
func (c Checker) Samples(ctx context.Context, s *engine.Script) ([]Sample, error) {
	_, list, err := c.described(ctx, s)
	return list, err
}

// described is what a script says of itself, and its samples.
func (c Checker) described(ctx context.Context, s *engine.Script) (about render.Description, list []Sample, err error) {
	if about, err = c.Renderer.Describe(ctx, s); err != nil {
		return about, nil, err
	}
	if list, err = exported(about); err != nil {
		return about, nil, err
	}
	for _, name := range Files(c.Folder, s.Name) {
		sample, err := c.Read(name)
		if err != nil {
			return about, nil, err
		}
		list = append(list, sample)
	}
	return about, list, nil
}

// Exported are the samples that stand in the script itself.
func (c Checker) Exported(ctx context.Context, s *engine.Script) ([]Sample, error) {
	d, err := c.Renderer.Describe(ctx, s)
	if err != nil {
		return nil, err
	}
	return exported(d)
}

func exported(d render.Description) (list []Sample, err error) {
	for i, one := range d.Samples {
		if one.Name == "" {
			one.Name = fmt.Sprintf("samples[%d]", i)
		}
		sample, err := inline(one)
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", one.Name, err)
		}
		sample.Want = one.Want
		list = append(list, sample)
	}
	return list, nil
}

// Files are the names of the sample files of a script in the folder. The script
// need not be usable.
func Files(folder *engine.Snapshot, script string) []string {
	return slices.DeleteFunc(folder.Names("samples/"+strings.TrimSuffix(script, path.Ext(script))), func(name string) bool {
		return path.Ext(name) != ".json" || strings.HasSuffix(name, ".want.json")
	})
}

// Read reads a sample of the folder by its name, with the stored expectation
// <case>.want.json beside it where there is one.
func (c Checker) Read(name string) (Sample, error) {
	return read(name, filepath.Join(c.Dir, filepath.FromSlash(name)), func(name string) ([]byte, error) {
		text, err := c.Folder.Text(name)
		return []byte(text), err
	})
}

// Read reads a sample file from anywhere, as [Checker.Read] does.
func Read(file string) (Sample, error) { return read(file, file, readBounded) }

func read(name, file string, content func(name string) ([]byte, error)) (Sample, error) {
	data, err := content(name)
	if err != nil {
		return Sample{}, err
	}
	s, err := Parse(filepath.Base(file), data)
	if err != nil {
		return Sample{}, fmt.Errorf("%s: %w", file, err)
	}
	s.File = file
	s.Want, err = content(WantPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	return s, err
}

// WantPath is where the expectation of a sample file is stored.
func WantPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".want.json"
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadBounded(f, path)
}

// ReadBounded reads a sample of at most 1 MiB; name is for the error.
func ReadBounded(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, engine.MaxSample+1))
	if err == nil && len(data) > engine.MaxSample {
		err = fmt.Errorf("%s: more than %d bytes", name, engine.MaxSample)
	}
	return data, err
}
