package sample

import (
	"context"
	"encoding/json"
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
// folder, and the built-in one if its match takes that. The error names the
// first sample that fails, and how; hints are what its author should know though
// it passes.
//
// A want that the script exports must be met: it is saved with the script. One
// that is stored in a file is not looked at, or no edit could change a message;
// fmt-test compares those.
func (c Checker) Check(ctx context.Context, s *engine.Script) (hints []string, err error) {
	hints, err = c.Try(ctx, s)
	return append(hints, c.Unknown(ctx, s)...), err
}

// Try is Check without the hints that depend on the samples of other scripts, those
// of Unknown.
func (c Checker) Try(ctx context.Context, s *engine.Script) (hints []string, err error) {
	samples, err := c.Samples(ctx, s)
	if err != nil {
		return nil, err
	}
	hints = render.Hints(s)
	renderer := NewRenderer(c.Renderer.Engine())
	for _, sample := range append(samples, Builtin()) {
		own := sample.Name != builtinName
		if sample.File != "" {
			sample.Want = nil
		}
		rendered, err := check(ctx, renderer, s, sample, own)
		if err != nil {
			return hints, err
		}
		if len(rendered.Messages) == 0 || rendered.Script != s.Name {
			continue
		}
		for _, odd := range render.Oddities(sample.Call, rendered.Messages[0]) {
			if !slices.Contains(hints, s.File+": "+odd) {
				hints = append(hints, s.File+": "+odd)
			}
		}
	}
	return hints, nil
}

func check(ctx context.Context, renderer *render.Renderer, s *engine.Script, sample Sample, asked bool) (render.Rendered, error) {
	rendered, err := renderer.Render(ctx, render.Request{Call: sample.Call, ID: sample.Name, Time: Now, Script: s, Asked: asked})
	if err == nil {
		err = Compare(sample.Want, rendered)
	}
	// The position in the script says more than any wrapping could.
	var script *engine.ScriptError
	var invalid *render.InvalidError
	switch {
	case errors.As(err, &script):
	case errors.As(err, &invalid) && invalid.At != nil:
		at := *invalid.At
		at.Message = fmt.Sprintf("sample %s: %s", sample.Name, invalid.Message())
		err = &at
	case err != nil:
		err = fmt.Errorf("sample %s: %w", sample.Name, err)
	}
	return rendered, err
}

// Samples are those that a script exports, then those in its folder by name.
func (c Checker) Samples(ctx context.Context, s *engine.Script) ([]Sample, error) {
	list, err := c.Exported(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, name := range Files(c.Folder, s.Name) {
		sample, err := c.Read(name)
		if err != nil {
			return nil, err
		}
		list = append(list, sample)
	}
	return list, nil
}

// Exported are the samples that stand in the script itself.
func (c Checker) Exported(ctx context.Context, s *engine.Script) ([]Sample, error) {
	d, err := c.Renderer.Describe(ctx, s)
	if err != nil {
		return nil, err
	}
	var list []Sample
	for i, inline := range d.Samples {
		if inline.Name == "" {
			inline.Name = fmt.Sprintf("samples[%d]", i)
		}
		details := string(inline.Details)
		var text string
		if json.Unmarshal(inline.Details, &text) == nil {
			details = text
		}
		sample, err := fromDetails(inline.Name, details, inline.Inputs)
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", inline.Name, err)
		}
		sample.Want = inline.Want
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
