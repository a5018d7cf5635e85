package service

import (
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/archive"
	"github.com/fn-slack/fn-slack/processor/attachment"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/message"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Functions are the API names of the functions that the service carries out. What the
// platform has of them is looked up before they can be made.
func Functions() []string { return []string{render.Function, attachment.Name, archive.Name} }

func (s *serving) functions(p platform) []processor.Function {
	m, slack := s.Maker, s.Settings.Slack // a copy of the maker: others use it
	m.OrgID = p.orgID()
	renderer := m.Renderer(s.scripts)
	rooms := channel.New(channel.Config{Slack: s.poster, Platform: p.Client, Timeout: slack.DeliveryTimeout})
	return []processor.Function{
		message.New(message.Config{Renderer: renderer, Poster: s.poster, Rooms: rooms, Shared: slack.SharedQueue, Workers: s.Settings.Resilient.Workers, Log: s.Log}),
		attachment.New(attachment.Config{
			Rooms: rooms, Slack: s.poster, Platform: p.Client, Renderer: renderer,
			Samples: slack.MalwareSamples, Timeout: slack.DeliveryTimeout, Log: s.Log,
		}),
		archive.New(archive.Config{
			Rooms: rooms, Slack: s.poster, Platform: p.Client, Renderer: renderer, Username: slack.Username, Location: slack.Location,
			Formats: slack.ArchiveFormats, Dir: s.state, Timeout: slack.DeliveryTimeout, Log: s.Log,
		}),
	}
}
