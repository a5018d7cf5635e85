package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// importTimeout is for exports and imports, which take a large organisation
// minutes.
const importTimeout = 5 * time.Minute

func customizeCommand(env environment) *cobra.Command {
	var file, export string
	var o customizing
	cmd := &cobra.Command{
		Use:   "customize",
		Short: "Deploy to the platform what the function needs: destination, function, workflows, rules",
		Long: "Deploy to the platform what the function slack_post_message needs: the message destination slack, the\n" +
			"function with its inputs, the incident property slack_id, and the workflows Create Slack Message and\n" +
			"Create Slack Reply with a rule for each. It asks before it adds a thing, leaves alone what is there, and\n" +
			"replaces what is there and differs only where you say so. The account needs the permission to import\n" +
			"configurations; the service itself does not.",
		Example: "  fn-slack customize\n" +
			"  fn-slack customize -y --channel soc\n" +
			"  fn-slack customize --export fn-slack.res",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.ask = newAsker(env)
			o.out = env.stdout
			if export != "" {
				return exportCustomizations(cmd.Context(), export, o)
			}
			settings, err := loadSettings(file, env)
			if err != nil {
				return err
			}
			return o.deploy(cmd.Context(), settings, env)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.yes, "yes", "y", false, "add what is missing without asking")
	flags.BoolVar(&o.replace, "replace", false, "with -y: replace what is there and differs, too")
	flags.StringVar(&o.channel, "channel", "", "the Slack channel of the two workflows (default: the one they have, else "+resilient.DefaultChannel+")")
	flags.StringVar(&export, "export", "", "write the import file, to import it in the platform's administrator settings, and connect to nothing (- is the standard output)")
	flags.StringVar(&file, "config-file", "", "the settings (default: $APP_CONFIG_FILE, ./app.config, ~/.resilient/app.config)")
	return cmd
}

// customizing is one deployment of the customizations.
type customizing struct {
	yes     bool   // do not ask
	replace bool   // replace what differs, where nobody is asked
	channel string // of the workflows; empty leaves theirs
	ask     func(ctx context.Context, question string) (bool, error)
	out     io.Writer
}

// deploy compares, asks, imports, and gives the account the destination.
func (o customizing) deploy(ctx context.Context, s *config.Settings, env environment) error {
	client, err := newClient(ctx, s, env, newLog(env.stderr, logLevel(s.Resilient.LogLevel)), importTimeout)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Login(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "Platform %s, organisation %s\n", client.URL(), session.OrgName)
	have, err := client.ExportConfiguration(ctx)
	if err != nil {
		return explained(err)
	}
	channels := have.Channels()
	if o.channel != "" {
		channels = resilient.Channels{Message: o.channel, Reply: o.channel}
	}
	want := resilient.Customizations(channels)
	items := resilient.Compare(want, have)
	chosen, err := o.choose(ctx, items)
	if err != nil {
		return err
	}
	there := slices.ContainsFunc(items, func(i resilient.Item) bool { return i.Kind == resilient.ItemDestination && i.Exists })
	if len(chosen) == 0 {
		fmt.Fprintln(o.out, "Nothing to import.")
	} else {
		imported, err := o.bring(ctx, client, want.Select(chosen))
		if err != nil {
			return explained(err)
		}
		there = there || imported && slices.ContainsFunc(chosen, func(i resilient.Item) bool { return i.Kind == resilient.ItemDestination })
		if imported && slices.ContainsFunc(chosen, func(i resilient.Item) bool { return i.Kind == resilient.ItemWorkflow }) {
			o.remind(want.Channels())
		}
	}
	if !there {
		return nil
	}
	return explained(o.join(ctx, client, session))
}

// explained adds to a missing permission what one can do about it.
func explained(err error) error {
	var forbidden *resilient.ForbiddenError
	if errors.As(err, &forbidden) {
		return fmt.Errorf("%w; or use an account that may for this command, or import the file of `fn-slack customize --export` in the platform's administrator settings", err)
	}
	return err
}

// choose says what is there, and asks about the rest.
func (o customizing) choose(ctx context.Context, items []resilient.Item) ([]resilient.Item, error) {
	var chosen []resilient.Item
	have := map[string]bool{} // by ID, once this is done
	for _, item := range items {
		if item.Exists && len(item.Differs) == 0 {
			have[item.ID] = true
			fmt.Fprintf(o.out, "  %s is there\n", item)
			continue
		}
		if at := slices.IndexFunc(item.Needs, func(id string) bool { return !have[id] }); at >= 0 {
			have[item.ID] = item.Exists
			fmt.Fprintf(o.out, "  %s is left out, because it needs %s\n", item, item.Needs[at])
			continue
		}
		wanted, err := o.wanted(ctx, item)
		if err != nil {
			return nil, err
		}
		have[item.ID] = wanted || item.Exists
		if wanted {
			chosen = append(chosen, item)
		}
	}
	return chosen, nil
}

// wanted reports whether an item is to be imported.
func (o customizing) wanted(ctx context.Context, item resilient.Item) (bool, error) {
	if !item.Exists {
		if o.yes {
			fmt.Fprintf(o.out, "  %s is missing and will be added\n", item)
			return true, nil
		}
		return o.ask(ctx, fmt.Sprintf("  %s is missing. Add it?", item))
	}
	fmt.Fprintf(o.out, "  %s is there and differs:\n", item)
	for _, difference := range item.Differs {
		fmt.Fprintf(o.out, "    %s\n", difference)
	}
	switch {
	case o.yes && o.replace:
		fmt.Fprintln(o.out, "    It will be replaced.")
		return true, nil
	case o.yes:
		fmt.Fprintln(o.out, "    It stays as it is; --replace replaces it.")
		return false, nil
	}
	return o.ask(ctx, "    Replace it?")
}

// bring imports a document. What the platform has to say about it is shown
// before anything is changed.
func (o customizing) bring(ctx context.Context, client *resilient.Client, document resilient.Configuration) (imported bool, err error) {
	i, err := client.Import(ctx, document)
	if err != nil {
		return false, err
	}
	for _, m := range i.Messages {
		fmt.Fprintf(o.out, "The platform says: %s: %s\n", m.Type, m.Text)
	}
	accept := true
	if i.Pending() {
		if len(i.Messages) > 0 && !o.yes {
			if accept, err = o.ask(ctx, "Import?"); err != nil {
				// The platform would keep the import waiting.
				return false, errors.Join(err, client.FinishImport(context.WithoutCancel(ctx), i, false))
			}
		}
		if err := client.FinishImport(ctx, i, accept); err != nil {
			return false, err
		}
	}
	switch {
	case !accept:
		fmt.Fprintln(o.out, "Nothing was imported.")
	case i.Status != "ACCEPTED":
		return false, fmt.Errorf("the platform did not take the import: it is %s", i.Status)
	default:
		fmt.Fprintln(o.out, "Imported.")
	}
	return accept, nil
}

// remind says where the workflows post to while nobody has said so.
func (o customizing) remind(channels resilient.Channels) {
	if channels.Message == resilient.DefaultChannel || channels.Reply == resilient.DefaultChannel {
		fmt.Fprintf(o.out, "The workflows post to the channel %s until slack_channel is set in them; --channel sets it here.\n", resilient.DefaultChannel)
	}
}

// join lets the account use the message destination, which it needs to
// subscribe.
func (o customizing) join(ctx context.Context, client *resilient.Client, session resilient.Session) error {
	joined, err := client.JoinDestination(ctx, resilient.SlackDestination, session)
	if err != nil {
		return err
	}
	if joined {
		fmt.Fprintf(o.out, "This account may now use the message destination %s.\n", resilient.SlackDestination)
	} else {
		fmt.Fprintf(o.out, "This account may use the message destination %s already.\n", resilient.SlackDestination)
	}
	return nil
}

// exportCustomizations writes the import file.
func exportCustomizations(ctx context.Context, file string, o customizing) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(resilient.Customizations(resilient.Channels{Message: o.channel, Reply: o.channel})); err != nil {
		return err
	}
	if file == "-" {
		_, err := io.WriteString(o.out, b.String())
		return err
	}
	if _, err := os.Stat(file); err == nil && !o.yes {
		over, err := o.ask(ctx, fmt.Sprintf("%s exists. Overwrite it?", file))
		if err != nil || !over {
			return err
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s written; import it in the platform: Administrator Settings, Organization, Import.\n", file)
	return nil
}
