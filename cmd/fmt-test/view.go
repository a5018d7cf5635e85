package main

import (
	"bytes"
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// view is what the page shows at one time.
type view struct {
	Folder  string       `json:"folder"`
	Scripts []viewScript `json:"scripts"`
	Script  string       `json:"script"` // the one that is shown, with this sample of it
	Sample  string       `json:"sample"`
	Title   string       `json:"title"`
	picture
	Stale   bool        `json:"stale"` // the picture is the last good one, because of the error
	Error   string      `json:"error"` // one line
	Detail  string      `json:"detail"`
	Diff    string      `json:"diff"`   // from what is expected to what is
	Stored  bool        `json:"stored"` // there is an expectation
	Console []viewWrote `json:"console"`
}

// picture is a message that was rendered.
type picture struct {
	Posts []post   `json:"posts"`
	JSON  string   `json:"json"`
	Skip  string   `json:"skip"`
	Facts facts    `json:"facts"`
	Notes []string `json:"notes"`
}

type viewScript struct {
	Name    string       `json:"name"`
	Broken  bool         `json:"broken"`
	Samples []viewSample `json:"samples"`
}

type viewSample struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	read func() (sample.Sample, error)
}

type viewWrote struct {
	Level string `json:"level"`
	Text  string `json:"text"`
}

// view renders one sample, the first where the page asks for none that is there.
func (pg *page) view(ctx context.Context, script, id string) view {
	v := view{Folder: filepath.Base(pg.desk.dir), Scripts: pg.scripts(ctx)}
	if len(v.Scripts) == 0 {
		v.Error = "there is no formatter script in this folder"
		if err := pg.desk.problem(); err != nil {
			v.Error = err.Error()
		}
		return v
	}
	i := max(0, slices.IndexFunc(v.Scripts, func(s viewScript) bool { return s.Name == script }))
	shown := v.Scripts[i]
	j := max(0, slices.IndexFunc(shown.Samples, func(s viewSample) bool { return s.ID == id }))
	chosen := shown.Samples[j]
	v.Script, v.Sample, v.Title = shown.Name, chosen.ID, chosen.Name

	key := shown.Name + "\x00" + chosen.ID
	err := pg.draw(ctx, &v, chosen)
	if err == nil {
		pg.keep(key, v.picture)
		return v
	}
	v.Error, v.Detail = explain(err)
	if last, ok := pg.last(key); ok {
		v.picture, v.Stale = last, true
	}
	return v
}

// draw renders the sample into the view.
func (pg *page) draw(ctx context.Context, v *view, chosen viewSample) error {
	in, err := chosen.read()
	if err != nil {
		return err
	}
	s, err := pg.desk.render(ctx, v.Script, in)
	for _, line := range s.rendered.Console {
		v.Console = append(v.Console, viewWrote{method(line.Level), line.Text})
	}
	if err != nil {
		return err
	}
	var js bytes.Buffer
	if err := printJSON(&js, s.rendered); err != nil {
		return err
	}
	v.picture = picture{
		Posts: postsOf(pg.desk.set, s), JSON: js.String(), Skip: s.rendered.Skip,
		Facts: factsOf(s), Notes: s.rendered.Notes,
	}
	v.Stored = len(s.sample.Want) > 0
	var differs *differsError
	if err := compare(s); errors.As(err, &differs) {
		v.Diff = differs.diff
	} else if err != nil {
		v.Notes = append(v.Notes, err.Error())
	}
	return nil
}

// scripts are those of the folder with their samples. Every script has the
// sample of the command line and the built-in one.
func (pg *page) scripts(ctx context.Context) []viewScript {
	var list []viewScript
	checker, err := pg.desk.checker(ctx)
	if err != nil {
		return nil // the desk says it
	}
	for _, st := range pg.desk.engine.Scripts().Status() {
		s := viewScript{Name: st.Name, Broken: st.Err != nil}
		add := func(id, name string, read func() (sample.Sample, error)) {
			s.Samples = append(s.Samples, viewSample{id, name, read})
		}
		if pg.file != "" {
			add("file", filepath.Base(pg.file), func() (sample.Sample, error) { return sample.Read(pg.file) })
		}
		for _, name := range sample.Files(checker.Folder, st.Name) {
			if pg.file == "" || !sameFile(filepath.Join(pg.desk.dir, name), pg.file) {
				add(path.Base(name), path.Base(name), func() (sample.Sample, error) { return checker.Read(name) })
			}
		}
		for _, in := range pg.exported(ctx, st.Name) {
			add("export:"+in.Name, in.Name, func() (sample.Sample, error) { return in, nil })
		}
		add("built-in", "built-in incident", func() (sample.Sample, error) { return sample.Builtin(), nil })
		list = append(list, s)
	}
	return list
}

// exported are the samples that stand in a script. A script never changes, so
// each version is asked once.
func (pg *page) exported(ctx context.Context, name string) []sample.Sample {
	script := pg.desk.engine.Scripts().Script(name)
	if script == nil {
		return nil
	}
	pg.mu.Lock()
	before, ok := pg.inside[name]
	pg.mu.Unlock()
	if ok && before.script == script {
		return before.samples
	}
	list, err := sample.Checker{Renderer: pg.desk.renderer}.Exported(ctx, script)
	if err != nil {
		return nil // rendering says it
	}
	pg.mu.Lock()
	pg.inside[name] = exportedSamples{script, list}
	pg.mu.Unlock()
	return list
}

type exportedSamples struct {
	script  *engine.Script
	samples []sample.Sample
}
