package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/strftime"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// options are those of the command line.
type options struct {
	json, builder, check, update, watch, list, edit bool
	html, blocks, serve, previous                   string

	inputs                                   []string
	baseURL, zone, now, username, dateFormat string

	workflow, objectType, principal, function string // of the call
}

// defaultAddr is a fixed port, so that a page that is open finds the next run.
const defaultAddr = "127.0.0.1:8484"

func (o *options) define(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.json, "json", false, "print what chat.postMessage would get, one object a message")
	f.StringVar(&o.html, "html", "", "write the message to `FILE`, a page that needs no other file; - is standard output")
	f.BoolVar(&o.builder, "builder", false, "print the address of Slack's Block Kit Builder with the blocks in it")
	f.BoolVar(&o.check, "check", false, "compare with the expectation that is stored beside the sample, <sample>.want.json; without a sample, every file must have one")
	f.BoolVar(&o.update, "update", false, "store the message as the expectation beside the sample")
	f.BoolVar(&o.list, "list", false, "say which script of the folder would take the sample, and why")
	f.BoolVar(&o.watch, "watch", false, "print again at every save of the script or of the sample")
	f.StringVar(&o.serve, "serve", "", "serve a page that shows the scripts and samples and follows every save; `ADDR` instead of "+defaultAddr)
	f.Lookup("serve").NoOptDefVal = defaultAddr
	f.BoolVar(&o.edit, "edit", false, "with --serve: the page may write the scripts of the folder")
	f.StringVar(&o.blocks, "blocks", "", "check the Block Kit JSON in `FILE` against Slack's rules, print {\"ok\":…, \"errors\":[…]}; - is standard input")
	f.StringArrayVar(&o.inputs, "input", nil, "give an input of the call another value, `NAME=VALUE`; can be repeated")
	f.StringVar(&o.workflow, "workflow", "", "the API `name` of the workflow that calls, for match")
	f.StringVar(&o.objectType, "object-type", "", "the `kind` of object that the workflow runs on: incident, note, task, artifact")
	f.StringVar(&o.principal, "principal", "", "the login `name` of the account that set the workflow off")
	f.StringVar(&o.function, "function", "", "the API `name` of the function that is called")
	f.StringVar(&o.previous, "previous", "", "slack_details of before in `FILE`: the message stands in Slack, and is shown anew")
	f.StringVar(&o.baseURL, "base-url", sample.BaseURL, "`address` of the platform, for links to incidents")
	f.StringVar(&o.zone, "tz", "UTC", "time `zone` of dates, such as Europe/Berlin")
	f.StringVar(&o.now, "now", sample.Now.Format(time.RFC3339), "what the clock shows, as RFC 3339 `time`, or now")
	f.StringVar(&o.username, "username", "", "the author's `name` where a call has none, as in the service's configuration")
	f.StringVar(&o.dateFormat, "date-format", "", "Slack's date `format` for dates, as in the service's configuration")
}

// settings are the options that say how samples are rendered.
type settings struct {
	formatters.Options

	username string
	now      time.Time
	inputs   [][2]string
	previous json.RawMessage
	call     resilient.Call // what is not empty in it stands over that of the sample
}

// settings reads the options and refuses those that do not go together.
func (o *options) settings() (settings, error) {
	if modes := o.modes(); len(modes) > 1 {
		return settings{}, usage("%s and %s do not go together", modes[0], modes[1])
	}
	if o.edit && o.serve == "" {
		return settings{}, usage("--edit goes with --serve")
	}
	s := settings{username: o.username, now: time.Now()}
	s.call = resilient.Call{Workflow: o.workflow, ObjectType: o.objectType, Principal: o.principal, Function: o.function}
	s.BaseURL, s.DateFormat = strings.TrimSuffix(o.baseURL, "/"), o.dateFormat
	err := strftime.Check(o.dateFormat)
	if err != nil {
		return settings{}, usage("--date-format: %w", err)
	}
	if s.Location, err = strftime.Zone(o.zone); err != nil {
		return settings{}, usage("--tz: %w", err)
	}
	if o.now != "now" {
		if s.now, err = time.Parse(time.RFC3339, o.now); err != nil {
			return settings{}, usage("--now %s: want a time such as 2018-04-27T19:34:00Z, or now", o.now)
		}
	}
	if o.previous != "" {
		if s.previous, err = sample.ReadPrevious(o.previous); err != nil {
			return settings{}, usage("--previous: %w", err)
		}
	}
	for _, input := range o.inputs {
		name, value, ok := strings.Cut(input, "=")
		if !ok || name == "" {
			return settings{}, usage("--input %s: want NAME=VALUE", input)
		}
		s.inputs = append(s.inputs, [2]string{name, value})
	}
	return s, nil
}

// modes are the options that say what is done, as far as they are given.
func (o *options) modes() (names []string) {
	for _, m := range []struct {
		name string
		on   bool
	}{
		{"--json", o.json}, {"--html", o.html != ""}, {"--builder", o.builder}, {"--check", o.check}, {"--update", o.update},
		{"--list", o.list}, {"--watch", o.watch}, {"--serve", o.serve != ""}, {"--blocks", o.blocks != ""},
	} {
		if m.on {
			names = append(names, m.name)
		}
	}
	return names
}

// needsSample is the given option that cannot do with all samples of a script.
func (o *options) needsSample() string {
	modes := o.modes()
	if len(modes) == 0 || o.check || o.update {
		return ""
	}
	return modes[0]
}

// override gives a sample what the command line says of its call.
func (s settings) override(in *sample.Sample) error {
	for _, input := range s.inputs {
		if err := in.Override(input[0], input[1]); err != nil {
			return fmt.Errorf("--input %s: %w", input[0], err)
		}
	}
	if s.previous != nil {
		in.Previous = s.previous
	}
	call := &in.Call
	call.Workflow = cmp.Or(s.call.Workflow, call.Workflow)
	call.ObjectType = cmp.Or(s.call.ObjectType, call.ObjectType)
	call.Principal = cmp.Or(s.call.Principal, call.Principal)
	call.Function = cmp.Or(s.call.Function, call.Function)
	return nil
}
