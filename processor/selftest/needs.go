package selftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// A scope is one of Slack's that a function uses.
type scope struct {
	name, use string
	must      bool // nothing of the function works without it
	room      bool // only where channels are made for incidents
}

// needed are a function's scopes.
func needed(function string) []scope {
	rooms := []scope{
		{"channels:read", "to find channels by their names", false, false},
		{"groups:read", "the same for private channels", false, false},
		{"channels:manage", "to make public channels, and to invite to them", false, true},
		{"groups:write", "to make private channels, and to invite to them", false, true},
		{"channels:join", "to invite to public channels that the app has not joined", false, true},
		{"users:read.email", "to invite people by their e-mail addresses", false, true},
		{"users:read", "to name the members of a channel", false, true},
	}
	switch function {
	case resilient.AttachmentFunction:
		return append([]scope{
			{"files:write", "to post files", true, false},
			{"files:read", "to find out whether a file has arrived, and its link", false, false},
			{"chat:write", "to say which file was not posted, and why", false, false},
		}, rooms...)
	case resilient.ArchiveFunction:
		return []scope{
			{"chat:write", "to say in the channel that it ends", false, false},
			{"channels:history", "to read public channels", false, false},
			{"groups:history", "to read private channels", false, false},
			{"channels:read", "to find channels by their names", false, false},
			{"groups:read", "the same for private channels", false, false},
			{"channels:manage", "to archive public channels", false, false},
			{"groups:write", "to archive private channels", false, false},
			{"users:read", "names of people", false, false},
		}
	}
	return append([]scope{
		{"chat:write", "to post", true, false},
		{"chat:write.customize", "authors' names", false, false},
		{"chat:write.public", "public channels that the app has not joined", false, false},
		{"channels:history", "to find out after a crash whether a message arrived, and to bring messages up to date", false, false},
		{"groups:history", "the same in private channels", false, false},
	}, rooms...)
}

// deployed are the functions that the platform has, or may have.
func (t *selftest) deployed() []string {
	if t.queues == nil {
		return t.Functions[:min(1, len(t.Functions))] // the one that every customer has
	}
	var names []string
	for _, f := range t.queues.Functions {
		names = append(names, f.Name)
	}
	return names
}

// scopes says which scopes are missing, for which functions, and what for.
func (t *selftest) scopes(context.Context) (string, error) {
	if t.identity == nil {
		return "", skip("needs the Slack token")
	}
	if t.identity.Scopes == nil {
		return "", skip("Slack has not named them")
	}
	var lacks, dead []string
	for _, function := range t.deployed() {
		var missing []string
		for _, s := range needed(function) {
			if t.identity.Can(s.name) || s.room && !t.rooms {
				continue
			}
			missing = append(missing, fmt.Sprintf("%s (%s)", s.name, s.use))
			if s.must {
				dead = append(dead, fmt.Sprintf("%s is missing: %s can do nothing", s.name, function))
			}
		}
		if missing != nil {
			lacks = append(lacks, function+" lacks "+strings.Join(missing, ", "))
		}
	}
	const remedy = "under OAuth & Permissions of the Slack app, reinstall the app, and put the new token into api_token"
	switch {
	case dead != nil:
		return "", failure(errors.New(strings.Join(append(dead, lacks...), "\n")), "add it "+remedy)
	case lacks != nil:
		return "", warning(strings.Join(lacks, "\n"), "add what you want "+remedy)
	}
	return strings.Join(t.identity.Scopes, ", "), nil
}

// The names of the API key's rights in the platform.
const (
	readIncidents = "read_all_incidents"
	editIncidents = "edit_all_incidents_fields"
)

// permissions asks for what an account without the rights does not get. Rows are asked
// for of an incident that cannot exist: nothing is changed, whatever the rights are.
func (t *selftest) permissions(ctx context.Context) (string, error) {
	if t.session == nil {
		return "", needsLogin
	}
	all, err := t.client.Destinations(ctx)
	if is[*resilient.ForbiddenError](err) {
		return "", failure(err, "give the API key the permission to read functions and message destinations")
	}
	if err != nil {
		return "", err
	}
	if t.queues == nil {
		return "message destinations can be read", nil
	}
	for _, f := range t.queues.Functions {
		if !slices.ContainsFunc(all, func(d resilient.Destination) bool { return d.ProgrammaticName == f.Destination }) {
			return "", failure(fmt.Errorf("message destination %s, to which %s sends, is not among those that this account sees", f.Destination, f.Name),
				"add the account to the destination's users in the platform, or run `fn-slack customize`")
		}
	}
	note, err := t.table(ctx)
	return "functions and message destinations can be read" + note, err
}

// table looks at the data table of channels, and at the rights for it. A platform
// that has the functions of 1.0.0 alone needs none.
func (t *selftest) table(ctx context.Context) (note string, err error) {
	columns, err := t.client.Columns(ctx, resilient.ConversationTable)
	who := strings.Join(t.deployed(), ", ")
	switch {
	case is[*resilient.NotFoundError](err):
		if who == resilient.SlackFunction {
			return "", nil
		}
		return "", warning(fmt.Sprintf("%s: the platform has no data table %s, so the channels of incidents are not remembered", who, resilient.ConversationTable), "run `fn-slack customize`")
	case is[*resilient.ForbiddenError](err):
		return "", warning(fmt.Sprintf("%s: %v", who, err), "give the API key the right read_data")
	case err != nil:
		return "", err
	}
	t.rooms = true
	var lacks []string
	const noIncident = 0
	if _, err := t.client.Rows(ctx, noIncident, resilient.ConversationTable); is[*resilient.ForbiddenError](err) {
		lacks = append(lacks, readIncidents)
	}
	if _, err := t.client.AddRow(ctx, noIncident, resilient.ConversationTable, nil); is[*resilient.ForbiddenError](err) {
		lacks = append(lacks, editIncidents)
	}
	if lacks != nil {
		return "", warning(fmt.Sprintf("the platform refuses what these need: %s", who), "give the API key the right "+strings.Join(lacks, ", ")+
			"; for what is attached to tasks also edit_incident_public_task_fields and edit_incident_private_task_fields")
	}
	if !slices.Contains(columns, "slack_db_channel_id") {
		return fmt.Sprintf("; %s has no column slack_db_channel_id, which `fn-slack customize` adds: channels are found by their links and names", resilient.ConversationTable), nil
	}
	return "", nil
}
