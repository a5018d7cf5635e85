package channel

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// maxInvited is how many people one request invites: Slack's documents name 30, 100
// and 1,000 as the limit.
const maxInvited = 30

// invite invites those whom the call names. Whom Slack does not know, or does not
// take, is named and fails nothing.
func (v *visit) invite(ctx context.Context, c slackapi.Channel) error {
	emails := addresses(v.wish.Emails)
	if len(emails) == 0 {
		return nil
	}
	known := map[string]string{} // addresses by users' ids
	var ids, unknown, gone []string
	for _, email := range emails {
		u, found, err := v.cfg.Slack.UserByEmail(ctx, email)
		switch {
		case err != nil:
			return err
		case !found:
			unknown = append(unknown, email)
		case u.Deleted:
			gone = append(gone, email)
		case known[u.ID] == "":
			known[u.ID] = email
			ids = append(ids, u.ID)
		}
	}
	kept, err := v.inviteAll(ctx, c, ids)
	if err != nil {
		return err
	}
	var invited, there, refused []string
	for _, id := range ids {
		switch code := kept[id]; code {
		case "":
			invited = append(invited, known[id])
		case "already_in_channel":
			there = append(there, known[id])
		default:
			refused = append(refused, known[id]+" ("+code+")")
		}
	}
	v.people(ctx, false, "Invited to #"+c.Name, invited)
	v.people(ctx, false, "In #"+c.Name+" already", there)
	v.people(ctx, true, "Not invited, because nobody in Slack has the address", unknown)
	v.people(ctx, true, "Not invited, because the account is deactivated", gone)
	v.people(ctx, true, "Not invited, because Slack refuses it", refused)
	return nil
}

// people tells what became of some people.
func (v *visit) people(ctx context.Context, note bool, what string, list []string) {
	if len(list) == 0 {
		return
	}
	if text := what + ": " + strings.Join(list, ", "); note {
		v.note(ctx, "%s", text)
	} else {
		v.t.Status(ctx, text)
	}
}

// inviteAll invites, and gives Slack's code for each of those who are not invited. A
// second time does no harm: who is there is there already.
func (v *visit) inviteAll(ctx context.Context, c slackapi.Channel, ids []string) (map[string]string, error) {
	return processor.Step[map[string]string]{
		Name: "invite", Done: "sent", What: "invitation", Where: "Slack",
		Find: notKnown[map[string]string],
		Do: func(ctx context.Context, permit processor.Permit) (map[string]string, error) {
			all := map[string]string{}
			for some := range slices.Chunk(ids, maxInvited) {
				kept, err := v.cfg.Slack.Invite(ctx, c.ID, some, permit)
				if slackapi.Code(err) == "not_in_channel" && !c.Private {
					if err := v.cfg.Slack.Join(ctx, c.ID, permit); err != nil {
						return nil, err
					}
					kept, err = v.cfg.Slack.Invite(ctx, c.ID, some, permit)
				}
				if err != nil {
					return nil, err
				}
				for id, code := range kept {
					all[id] = code
				}
			}
			return all, nil
		},
	}.Take(ctx, v.t)
}

// notKnown is Find of steps that may be done twice and leave the same.
func notKnown[R any](context.Context, time.Time) (none R, found bool, err error) {
	return none, false, nil
}

// addresses splits a list at its commas; each is there once.
func addresses(list string) (emails []string) {
	for email := range strings.SplitSeq(list, ",") {
		email = strings.TrimSpace(email)
		if email != "" && !slices.ContainsFunc(emails, func(e string) bool { return strings.EqualFold(e, email) }) {
			emails = append(emails, email)
		}
	}
	return emails
}

// maxPeople bounds the members whom Room's result names.
const maxPeople = 100

// People names the members of a channel, apps left out, as "name: address"; the
// first 100 of them.
func (r *Rooms) People(ctx context.Context, room Room) ([]string, error) {
	ids, err := r.cfg.Slack.Members(ctx, room.ID, maxPeople)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, id := range ids {
		person, err := r.person(ctx, id)
		if err != nil {
			return nil, err
		}
		if person != "" {
			people = append(people, person)
		}
	}
	return people, nil
}

// person names somebody, "" for an app. Who was asked for is remembered for an hour:
// the messages of a room have the same people, and Slack answers so many requests a
// minute.
func (r *Rooms) person(ctx context.Context, id string) (string, error) {
	r.mu.Lock()
	if time.Since(r.asked) > time.Hour {
		r.people, r.asked = map[string]string{}, time.Now()
	}
	person, known := r.people[id]
	r.mu.Unlock()
	if known {
		return person, nil
	}
	u, err := r.cfg.Slack.User(ctx, id)
	if err != nil {
		return "", err
	}
	if !u.Bot {
		person = cmp.Or(u.Profile.DisplayName, u.RealName, u.Name) + ": " + u.Profile.Email
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.people[id] = person
	return person, nil
}
