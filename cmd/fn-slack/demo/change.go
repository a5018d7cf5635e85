package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// slackID is the property of an incident that keeps its message.
const slackID = "slack_id"

// ownFields are what the guide for administrators adds to the message of an incident.
const ownFields = `    field("Owner", "string", quoted(incident.owner_id)),
    field("Status", "string", quoted("Closed" if incident.plan_status == "C" else "Active")),
`

// offerChanges offers the incidents that have a message, which follows them.
func (p *panel) offerChanges(offer *slacktest.Offer) {
	offer.Severities = []string{"Low", "Medium", "High"}
	offer.Owners = []string{"", "Ada Analyst", "Leo Lead"}
	offer.Statuses = []string{"Active", "Closed"}
	for _, i := range p.platform.Incidents() {
		if i.Properties[slackID] != "" {
			offer.Incidents = append(offer.Incidents, slacktest.Incident{
				ID: i.ID, Name: i.Name, Severity: i.Severity, Owner: i.Owner, Status: cmp.Or(i.Status, offer.Statuses[0]), Description: i.Description,
			})
		}
	}
}

// Change changes an incident, for which a rule of the platform runs by itself.
func (p *panel) Change(ctx context.Context, c slacktest.Change) error {
	runs, err := p.change(ctx, c)
	if err == nil && len(runs) == 0 {
		err = errors.New("nothing has changed that a message shows")
	}
	return err
}

func (p *panel) change(ctx context.Context, c slacktest.Change) ([]*resilienttest.Run, error) {
	return p.platform.ChangeIncident(ctx, c.ID, func(i *resilienttest.Incident) {
		set := func(field *string, value *string) {
			if value != nil {
				*field = *value
			}
		}
		set(&i.Severity, c.Severity)
		set(&i.Owner, c.Owner)
		set(&i.Status, c.Status)
		if c.Description != nil {
			i.Description = asHTML(*c.Description)
		}
	})
}

// playCard adds the fields, sends the incident once more, as a card that follows it,
// and changes it. Not every scripts folder has the layout.
func (d *demo) playCard(ctx context.Context, out output) error {
	if err := d.platform.AddFields(ownFields); err != nil || d.engine.Scripts().Script(card) == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	severity, owner := "Medium", "Ada Analyst"
	if _, err := d.platform.ChangeIncident(ctx, resilienttest.IncidentDoS, func(i *resilienttest.Incident) {
		severity, i.Severity = i.Severity, severity
		delete(i.Properties, slackID)
	}); err != nil {
		return err
	}
	run, err := d.panel.play(ctx, resilienttest.Order{Object: "incident", ID: resilienttest.IncidentDoS, Formatter: card})
	if err == nil {
		err = d.report(ctx, run, "card", out)
	}
	if err != nil {
		return fmt.Errorf("workflow Create Slack Message: %w", err)
	}
	runs, err := d.panel.change(ctx, slacktest.Change{ID: resilienttest.IncidentDoS, Severity: &severity, Owner: &owner})
	if err == nil && len(runs) != 1 {
		err = fmt.Errorf("%d rules want the change, and one should", len(runs))
	}
	if err == nil {
		err = d.report(ctx, runs[0], "update", out)
	}
	if err != nil {
		return fmt.Errorf("workflow Update Slack Message: %w", err)
	}
	return nil
}

// Files are those that the service has attached.
func (p *panel) Files() (list []slacktest.Attached) {
	for _, u := range p.platform.Uploads() {
		list = append(list, slacktest.Attached{ID: u.ID, To: fmt.Sprintf("incident %d", u.Incident), Name: u.Name, Content: u.Content})
	}
	return list
}
