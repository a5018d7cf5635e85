package editor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	Home    string      `json:"home,omitempty"`
	Edit    *viewEdit   `json:"edit,omitempty"`
}

// viewEdit is what the editor needs of the script that is shown.
type viewEdit struct {
	Text    string     `json:"text"`
	Version string     `json:"version"` // "" where there is no file
	Problem string     `json:"problem"` // why there is no text
	Token   string     `json:"token"`
	Marks   []viewMark `json:"marks"`
}

// viewMark is a place in the text, with what is wrong there.
type viewMark struct {
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, in code points; 0 is the whole line
	Text   string `json:"text"`
}

// picture is a message that was rendered.
type picture struct {
	Posts []Post   `json:"posts"`
	JSON  string   `json:"json"`
	Skip  string   `json:"skip"`
	Facts Facts    `json:"facts"`
	Notes []string `json:"notes"`
}

type viewScript struct {
	Name    string       `json:"name"`
	State   engine.State `json:"state"`
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
func (pg *Page) view(ctx context.Context, script, id string) view {
	v := view{Folder: filepath.Base(pg.cfg.Desk.Dir), Scripts: pg.scripts(ctx)}
	var shown viewScript
	switch i := slices.IndexFunc(v.Scripts, func(s viewScript) bool { return s.Name == script }); {
	case i >= 0:
		shown = v.Scripts[i]
	case script != "": // the reader may have typed something into it
		shown = pg.gone(script)
	case len(v.Scripts) > 0:
		shown = v.Scripts[0]
	default:
		v.Error = "there is no formatter script in this folder"
		if err := pg.cfg.Desk.Problem(); err != nil {
			v.Error = err.Error()
		}
		return v
	}
	j := max(0, slices.IndexFunc(shown.Samples, func(s viewSample) bool { return s.ID == id }))
	chosen := shown.Samples[j]
	v.Script, v.Sample, v.Title, v.Home = shown.Name, chosen.ID, chosen.Name, pg.cfg.Home
	if pg.cfg.Edit {
		v.Edit = pg.edited(v.Scripts, shown.Name)
	}

	key := shown.Name + "\x00" + chosen.ID
	err := pg.draw(ctx, &v, chosen)
	if err == nil {
		pg.keep(key, v.picture)
		return v
	}
	v.Error, v.Detail = Explain(err)
	v.point(err)
	if last, ok := pg.last(key); ok {
		v.picture, v.Stale = last, true
	}
	return v
}

const fileGone = "the file is gone"

// gone is a script that is in the folder no more.
func (pg *Page) gone(name string) viewScript {
	err := pg.cfg.Desk.Problem()
	if err == nil {
		err = fmt.Errorf("%s: %s", name, fileGone)
	}
	return viewScript{Name: name, Samples: []viewSample{{"", "gone", func() (sample.Sample, error) { return sample.Sample{}, err }}}}
}

// edited is the script as its file has it now, with what is known to be wrong. Only
// names that the engine has found in the folder are read.
func (pg *Page) edited(scripts []viewScript, name string) *viewEdit {
	e := &viewEdit{Token: pg.token, Marks: []viewMark{}}
	if !slices.ContainsFunc(scripts, func(s viewScript) bool { return s.Name == name }) {
		e.Problem = fileGone
		return e
	}
	root, err := os.OpenRoot(pg.cfg.Desk.Dir)
	if err == nil {
		defer root.Close()
		e.Text, _, err = read(root, name)
	}
	switch {
	case err == nil:
		e.Version = version(e.Text)
		pg.opened.Store(name, true)
	case errors.Is(err, fs.ErrNotExist):
		e.Problem = fileGone
	default:
		e.Problem = err.Error()
	}
	return e
}

// point shows an error where it lies in the script, if it does.
func (v *view) point(err error) {
	var e *engine.ScriptError
	if v.Edit == nil || !errors.As(err, &e) || e.File != path.Join(v.Folder, v.Script) || e.Line == 0 {
		return
	}
	text := e.Message
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	v.Edit.Marks = append(v.Edit.Marks, viewMark{e.Line, e.Column, text})
}

// draw renders the sample into the view.
func (pg *Page) draw(ctx context.Context, v *view, chosen viewSample) error {
	in, err := chosen.read()
	if err != nil {
		return err
	}
	s, err := pg.cfg.Desk.Render(ctx, v.Script, in)
	for _, line := range s.Rendered.Console {
		v.Console = append(v.Console, viewWrote{Method(line.Level), line.Text})
	}
	if err != nil {
		return err
	}
	js, err := s.JSON()
	if err != nil {
		return err
	}
	v.picture = picture{
		Posts: pg.cfg.Desk.Posts(s), JSON: js, Skip: s.Unposted(),
		Facts: s.Facts(), Notes: s.Rendered.Notes,
	}
	if script := pg.cfg.Desk.scripts().Script(s.Rendered.Script); script != nil {
		if checker, err := pg.cfg.Desk.Checker(ctx); err == nil {
			v.Notes = append(v.Notes, checker.Unknown(ctx, script)...)
		}
	}
	v.Stored = len(s.Sample.Want) > 0
	var differs *DiffersError
	if err := Compare(s); errors.As(err, &differs) {
		v.Diff = differs.Diff
	} else if err != nil {
		v.Notes = append(v.Notes, err.Error())
	}
	return nil
}

// scripts are those of the folder with their samples. Every script has the
// sample of the command line and the built-in one.
func (pg *Page) scripts(ctx context.Context) []viewScript {
	var list []viewScript
	checker, err := pg.cfg.Desk.Checker(ctx)
	if err != nil {
		return nil // the desk says it
	}
	for _, st := range pg.cfg.Desk.scripts().Status() {
		s := viewScript{Name: st.Name, State: st.State}
		add := func(id, name string, read func() (sample.Sample, error)) {
			s.Samples = append(s.Samples, viewSample{id, name, read})
		}
		if pg.cfg.File != "" {
			add("file", filepath.Base(pg.cfg.File), func() (sample.Sample, error) { return sample.Read(pg.cfg.File) })
		}
		for _, name := range sample.Files(checker.Folder, st.Name) {
			if pg.cfg.File == "" || !sameFile(filepath.Join(pg.cfg.Desk.Dir, name), pg.cfg.File) {
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
func (pg *Page) exported(ctx context.Context, name string) []sample.Sample {
	script := pg.cfg.Desk.scripts().Script(name)
	if script == nil {
		return nil
	}
	pg.mu.Lock()
	before, ok := pg.inside[name]
	pg.mu.Unlock()
	if ok && before.script == script {
		return before.samples
	}
	list, err := sample.Checker{Renderer: pg.cfg.Desk.Renderer}.Exported(ctx, script)
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
