package main

import (
	"errors"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
)

// settingsFlags say on the command line where settings come from.
type settingsFlags struct {
	file   string
	set    []string
	values map[string]string // by "section.key"
}

// newSettingsFlags gives a command the flags of settings: the file, --set, and
// every key of the section [resilient] by its name, as the original has them.
// Those are not listed in the help.
func newSettingsFlags(cmd *cobra.Command) *settingsFlags {
	f := &settingsFlags{values: map[string]string{}}
	flags := cmd.Flags()
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	flags.StringVar(&f.file, "config-file", "", "the settings (default: $APP_CONFIG_FILE, ./app.config, ~/.resilient/app.config)")
	flags.StringArrayVar(&f.set, "set", nil, "a setting over that of the file, as `section.key=value`; may be repeated. Keys of [resilient] also as --key value")
	for _, k := range config.Keys() {
		if k.Section != "resilient" || k.Unused != "" || k.Name == "logfile" {
			continue
		}
		name := strings.ReplaceAll(k.Name, "_", "-")
		flags.Func(name, k.Doc, func(v string) error {
			f.values["resilient."+k.Name] = v
			return nil
		})
		if k.Default == "false" {
			flags.Lookup(name).NoOptDefVal = "true"
		}
		if err := flags.MarkHidden(name); err != nil {
			panic(err) // it was just defined
		}
	}
	return f
}

// load reads the settings.
func (f *settingsFlags) load(env environment) (*config.Settings, error) {
	override := maps.Clone(f.values)
	for _, s := range f.set {
		key, v, ok := strings.Cut(s, "=")
		if section, name, dot := strings.Cut(key, "."); !ok || !dot || section == "" || name == "" {
			return nil, usageError{errors.New("--set wants section.key=value, such as fn_slack.username=SOC")}
		}
		override[strings.TrimSpace(key)] = strings.TrimSpace(v)
	}
	return readSettings(f.file, env, override)
}

// readSettings reads the settings of a file, the one that is found where none is
// named, under those of the command line. From then on no output shows their
// secrets.
func readSettings(file string, env environment, override map[string]string) (*config.Settings, error) {
	home, _ := env.getenv("HOME")
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s, err := config.Read(config.Options{File: file, Dir: dir, Home: home, Getenv: env.getenv, Override: override})
	parts.Hide(env.secrets, s, env.getenv)
	return s, err
}
