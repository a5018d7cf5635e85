package customize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Timeout is for the requests of Deploy: exports and imports take a large
// organisation minutes.
const Timeout = 5 * time.Minute

// Deployment is one deployment of the customizations.
type Deployment struct {
	Yes     bool   // do not ask
	Replace bool   // replace what differs, where nobody is asked
	Channel string // of the workflows of 1.0.0; empty leaves theirs
	// Functions are the API names of those that the service carries out; nil is all.
	Functions []string
	// Ask asks a question that yes or no answers. It is not called where Yes
	// answers everything.
	Ask func(ctx context.Context, question string) (bool, error)
	Out io.Writer // is told what is done
}

// Deploy compares, asks, imports, and gives the account the destinations. The
// client's requests must be given the time [Timeout].
func (d Deployment) Deploy(ctx context.Context, client *resilient.Client) error {
	session, err := client.Login(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "Platform %s, organisation %s\n", client.URL(), session.OrgName)
	have, err := client.ExportConfiguration(ctx)
	if err != nil {
		return explained(err)
	}
	channels := have.Channels()
	if d.Channel != "" {
		channels = resilient.Channels{Message: d.Channel, Reply: d.Channel}
	}
	want := resilient.App{Channels: channels, Functions: d.Functions, On: have}.Configuration()
	items := resilient.Compare(want, have)
	chosen, err := d.choose(ctx, items)
	if err != nil {
		return err
	}
	imported := false
	if len(chosen) == 0 {
		fmt.Fprintln(d.Out, "Nothing to import.")
	} else if imported, err = d.bring(ctx, client, want.Select(chosen)); err != nil {
		return explained(err)
	}
	if !imported {
		chosen = nil
	}
	if slices.ContainsFunc(chosen, func(i resilient.Item) bool {
		return slices.Contains([]string{resilient.MessageWorkflow, resilient.ReplyWorkflow, resilient.UpdateWorkflow}, i.ID)
	}) {
		d.remind(want.Channels())
	}
	return explained(d.join(ctx, client, session, destinations(want, have, chosen)))
}

// destinations are those of the functions, as far as the platform has them now.
func destinations(want, have resilient.Configuration, imported []resilient.Item) (names []string) {
	for _, f := range want.Functions {
		there := slices.ContainsFunc(have.Destinations, func(d resilient.DestinationDefinition) bool { return d.ProgrammaticName == f.Destination }) ||
			slices.ContainsFunc(imported, func(i resilient.Item) bool { return i.Kind == resilient.ItemDestination && i.ID == f.Destination })
		if there && !slices.Contains(names, f.Destination) {
			names = append(names, f.Destination)
		}
	}
	return names
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
func (d Deployment) choose(ctx context.Context, items []resilient.Item) ([]resilient.Item, error) {
	var chosen []resilient.Item
	have := map[string]bool{} // by ID, once this is done
	for _, item := range items {
		maps.Copy(have, item.Inputs)
		if item.Exists && len(item.Differs) == 0 {
			have[item.ID] = true
			fmt.Fprintf(d.Out, "  %s is there\n", item)
			continue
		}
		if at := slices.IndexFunc(item.Needs, func(id string) bool { return !have[id] }); at >= 0 {
			have[item.ID] = item.Exists
			fmt.Fprintf(d.Out, "  %s is left out, because it needs %s\n", item, item.Needs[at])
			continue
		}
		wanted, err := d.wanted(ctx, item)
		if err != nil {
			return nil, err
		}
		have[item.ID] = wanted || item.Exists
		if wanted {
			chosen = append(chosen, item)
			for input := range item.Inputs {
				have[input] = true
			}
		}
	}
	return chosen, nil
}

// wanted reports whether an item is to be imported.
func (d Deployment) wanted(ctx context.Context, item resilient.Item) (bool, error) {
	if !item.Exists {
		if d.Yes {
			fmt.Fprintf(d.Out, "  %s is missing and will be added\n", item)
			return true, nil
		}
		return d.Ask(ctx, fmt.Sprintf("  %s is missing. Add it?", item))
	}
	fmt.Fprintf(d.Out, "  %s is there and differs:\n", item)
	for _, difference := range item.Differs {
		fmt.Fprintf(d.Out, "    %s\n", difference)
	}
	question, done := "Replace it?", "It will be replaced."
	switch {
	case item.Adds:
		question, done = "Add that?", "That will be added."
	case item.Kind == resilient.ItemPlaybook:
		question, done = "Repair it?", "It will be repaired."
	}
	switch {
	case d.Yes && (d.Replace || item.Adds):
		fmt.Fprintln(d.Out, "    "+done)
		return true, nil
	case d.Yes:
		fmt.Fprintln(d.Out, "    It stays as it is; --replace replaces it.")
		return false, nil
	}
	return d.Ask(ctx, "    "+question)
}

// bring imports a document. What the platform has to say about it is shown
// before anything is changed.
func (d Deployment) bring(ctx context.Context, client *resilient.Client, document resilient.Configuration) (imported bool, err error) {
	i, err := client.Import(ctx, document)
	if err != nil {
		return false, err
	}
	for _, m := range i.Messages {
		fmt.Fprintf(d.Out, "The platform says: %s: %s\n", m.Type, m.Text)
	}
	accept := true
	if i.Pending() {
		if len(i.Messages) > 0 && !d.Yes {
			if accept, err = d.Ask(ctx, "Import?"); err != nil {
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
		fmt.Fprintln(d.Out, "Nothing was imported.")
	case i.Status != "ACCEPTED":
		return false, fmt.Errorf("the platform did not take the import: it is %s", i.Status)
	default:
		fmt.Fprintln(d.Out, "Imported.")
	}
	return accept, nil
}

// remind says where the workflows post to while nobody has said so.
func (d Deployment) remind(channels resilient.Channels) {
	if channels.Message == resilient.DefaultChannel || channels.Reply == resilient.DefaultChannel {
		fmt.Fprintf(d.Out, "The workflows post to the channel %s until slack_channel is set in them; --channel sets it here.\n", resilient.DefaultChannel)
	}
}

// join lets the account use the message destinations, which it needs to subscribe.
func (d Deployment) join(ctx context.Context, client *resilient.Client, session resilient.Session, destinations []string) error {
	for _, name := range destinations {
		joined, err := client.JoinDestination(ctx, name, session)
		switch {
		case err != nil:
			return err
		case joined:
			fmt.Fprintf(d.Out, "This account may now use the message destination %s.\n", name)
		default:
			fmt.Fprintf(d.Out, "This account may use the message destination %s already.\n", name)
		}
	}
	return nil
}

// Export writes the import file, - for Out, and connects to nothing. It asks
// before it overwrites a file, unless Yes answers.
func (d Deployment) Export(ctx context.Context, file string) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(resilient.App{
		Channels: resilient.Channels{Message: d.Channel, Reply: d.Channel}, Functions: d.Functions,
	}.Configuration()); err != nil {
		return err
	}
	if file == "-" {
		_, err := io.WriteString(d.Out, b.String())
		return err
	}
	if _, err := os.Stat(file); err == nil && !d.Yes {
		over, err := d.Ask(ctx, fmt.Sprintf("%s exists. Overwrite it?", file))
		if err != nil || !over {
			return err
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "%s written; import it in the platform: Administrator Settings, Organization, Import.\n", file)
	return nil
}
