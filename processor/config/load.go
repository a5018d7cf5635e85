package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/viper"

	"github.com/fn-slack/fn-slack/formatters/spelling"
	"github.com/fn-slack/fn-slack/processor/secret"
)

// Options say where settings come from.
type Options struct {
	// File is the settings file; empty means a search: $APP_CONFIG_FILE, then
	// app.config in Dir, then .resilient/app.config in Home.
	File string
	// Dir is the working folder, against which File and $APP_CONFIG_FILE are
	// relative; empty is the process's.
	Dir string
	// Home is the user's home folder; empty means that there is none.
	Home string
	// Getenv looks up environment variables; nil means that there are none. A
	// variable that is set and empty counts as set for references ($NAME) and
	// as not set otherwise.
	Getenv func(name string) (value string, ok bool)
	// Keyring looks up a secret in the system's keyring; nil means that there
	// is none.
	Keyring func(service, name string) (string, error)
	// Override holds what the command line sets, by "section.key".
	Override map[string]string
}

// Load reads the settings. The value of a key is that of the command line, the
// environment, the file, the default, in this order. The error joins
// one *Problem for each thing that is wrong; the settings are returned beside
// it as far as they could be read, so that they can be shown.
func Load(o Options) (*Settings, error) {
	file, err := o.find()
	if err != nil {
		return &Settings{File: file}, err
	}
	raw, err := read(file)
	if err != nil {
		return &Settings{File: file}, err
	}
	doc, problems := parse(file, raw)
	l := &loading{Options: o, file: file, doc: doc, settings: &Settings{File: file}, problems: problems}
	if err := l.layer(); err != nil {
		return l.settings, fmt.Errorf("%s: %w", file, err)
	}
	l.notes()
	for _, k := range table {
		if k.Unused == "" {
			l.one(k)
		}
	}
	l.complete()
	l.validate()
	l.warn()
	l.byLine()
	var errs []error
	for _, p := range l.problems {
		errs = append(errs, p)
	}
	return l.settings, errors.Join(errs...)
}

// byLine puts everything that there is to say into the order of the file's lines,
// and behind it what has no line.
func (l *loading) byLine() {
	order := func(line int) int { return cmp.Or(line, math.MaxInt) }
	slices.SortStableFunc(l.problems, func(a, b *Problem) int { return cmp.Compare(order(a.Line), order(b.Line)) })
	line := func(remark string) int {
		number, _, _ := strings.Cut(strings.TrimPrefix(remark, l.file+":"), ":")
		n, _ := strconv.Atoi(number) // what has none comes last
		return order(n)
	}
	for _, list := range [][]string{l.settings.Notes, l.settings.Warnings} {
		slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(line(a), line(b)) })
	}
}

// find returns the path of the settings file.
func (o Options) find() (string, error) {
	env, _ := o.getenv("APP_CONFIG_FILE")
	named := o.File
	if named == "" {
		named = env
	}
	if named != "" {
		return o.path(named), nil // whether it exists is for read to say
	}
	tried := []string{o.path("app.config")}
	if o.Home != "" {
		tried = append(tried, filepath.Join(o.Home, ".resilient", "app.config"))
	}
	for _, file := range tried {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return file, nil
		}
	}
	return "", &Problem{
		NoFile: true,
		File:   "app.config",
		What:   "there is no settings file; looked for " + strings.Join(tried, " and "),
		Remedy: "write one with `fn-slack config -c`, or name one with --config-file or APP_CONFIG_FILE",
	}
}

func (o Options) path(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok && o.Home != "" {
		return filepath.Join(o.Home, rest)
	}
	if filepath.IsAbs(name) || o.Dir == "" {
		return name
	}
	return filepath.Join(o.Dir, name)
}

func (o Options) getenv(name string) (string, bool) {
	if o.Getenv == nil {
		return "", false
	}
	return o.Getenv(name)
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, &Problem{File: file, What: "cannot be read: " + err.Error(), Remedy: "check the path and the permissions"}
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Problem{File: file, What: "cannot be read: " + err.Error(), Remedy: "name a file, not a folder"}
	}
	if len(raw) > maxFile {
		return nil, &Problem{File: file, What: fmt.Sprintf("is larger than %d bytes", maxFile), Remedy: "name a settings file"}
	}
	return raw, nil
}

// loading is the state of one Load.
type loading struct {
	Options
	file     string
	doc      *document
	viper    *viper.Viper
	origin   map[string]origin // by section.key, of what is neither default nor missing
	settings *Settings
	problems []*Problem
}

// origin is where a value comes from.
type origin struct {
	place string // file, or words
	line  int
}

func (p origin) String() string {
	if p.line > 0 {
		return fmt.Sprintf("%s:%d", p.place, p.line)
	}
	return p.place
}

// layer lays command line, environment, file and defaults over each other.
// Environment and command line are set explicitly, because viper on its own
// would ask the process's environment.
func (l *loading) layer() error {
	l.viper = viper.New()
	l.origin = map[string]origin{}
	file := map[string]any{}
	for _, s := range sections {
		file[s] = map[string]any{}
	}
	for _, k := range table {
		id := k.Section + "." + k.Name
		if k.Default != "" {
			l.viper.SetDefault(id, k.Default)
		}
		e, inFile := l.doc.find(k.Section, k.Name)
		if inFile {
			file[k.Section].(map[string]any)[k.Name] = e.value
			l.origin[id] = origin{l.file, e.line}
		}
		if v, ok := l.getenv(k.Env); k.Env != "" && ok && v != "" && (k.EnvWins || !inFile) {
			l.viper.Set(id, v)
			l.origin[id] = origin{place: "environment variable " + k.Env}
		}
		if v, ok := l.Override[id]; ok {
			l.viper.Set(id, v)
			l.origin[id] = origin{place: "the command line"}
		}
	}
	return l.viper.MergeConfigMap(file)
}

// notes tells of what nobody reads.
func (l *loading) notes() {
	note := func(format string, args ...any) {
		l.settings.Notes = append(l.settings.Notes, fmt.Sprintf(format, args...))
	}
	for _, s := range l.doc.sections {
		switch {
		case s.name == "DEFAULT":
			note("%s:%d: what [DEFAULT] holds counts in every section that does not have it", l.file, s.line)
		case !ours(s.name):
			note("%s:%d: section [%s] is not used%s", l.file, s.line, s.name, spelling.DidYouMean(s.name, sections))
		}
	}
	for _, e := range l.doc.entries {
		if !ours(e.section) {
			continue
		}
		if interpolated.MatchString(e.value) {
			note("%s:%d: %s.%s: %%(name)s is not replaced, but taken as it stands", l.file, e.line, e.section, e.key)
		}
		k, known := lookup(e.section, e.key)
		if e.section == "DEFAULT" {
			_, known = lookup(sections[0], e.key)
			if _, other := lookup(sections[1], e.key); other {
				known = true
			}
		}
		switch {
		case !known:
			note("%s:%d: %s.%s is not known and not used%s", l.file, e.line, e.section, e.key, meant(e.section, e.key))
		case k.Unused != "":
			note("%s:%d: %s.%s has no effect here: %s", l.file, e.line, e.section, e.key, k.Unused)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.Override)) {
		section, name, _ := strings.Cut(id, ".")
		if _, known := lookup(section, name); !known {
			l.problem(origin{place: "the command line"}, id, "there is no such setting"+meant(section, name), "see `fn-slack config check` for the settings")
		}
	}
}

// interpolated is what other readers of ini text replace.
var interpolated = regexp.MustCompile(`%\([^)\n]+\)s`)

// meant is the setting that a name is probably meant for: another of the section,
// or the same of the other one.
func meant(section, name string) string {
	var names []string
	for _, k := range table {
		if k.Section == section {
			names = append(names, k.Name)
		} else if k.Name == name {
			return "; it belongs into [" + k.Section + "]"
		}
	}
	return spelling.DidYouMean(name, names)
}

func ours(section string) bool {
	return section == sections[0] || section == sections[1] || section == "DEFAULT"
}

func lookup(section, name string) (Key, bool) {
	for _, k := range table {
		if k.Section == section && k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// one takes over one setting.
func (l *loading) one(k Key) {
	id := k.Section + "." + k.Name
	value := l.viper.GetString(id)
	from, set := l.origin[id]
	if !set {
		from = origin{place: "default"}
	}
	if set {
		value = l.resolve(k, from, value)
	}
	if value == "" && k.Default != "" { // an empty value is no value, as in the original
		value, from = k.Default, origin{place: "default"}
	}
	shown := k.shown(value)
	l.settings.effective = append(l.settings.effective, Effective{k.Section, k.Name, shown, from.String()})
	if value == "" {
		return
	}
	if err := k.set(l.settings, value); err != nil {
		what := fmt.Sprintf("%s is not possible", shorten(shown))
		if k.Secret {
			what = "the value is not possible"
		}
		l.problem(from, id, what, err.Error())
	}
}

// shown is a value as people may see it.
func (k Key) shown(value string) string {
	switch {
	case k.Secret:
		return secret.New(value).String()
	case k.address || strings.Contains(value, "://"):
		return withoutAccount(value)
	}
	return value
}

func (l *loading) problem(from origin, key, what, remedy string) {
	l.problems = append(l.problems, &Problem{Key: key, File: from.place, Line: from.line, What: what, Remedy: remedy})
}
