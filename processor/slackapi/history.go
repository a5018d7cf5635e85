package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/slack-go/slack"
)

// History gives the messages that a channel shows, the newest first and each as Slack
// writes it. Pages are read as they are needed; each has the delivery timeout to come,
// rate limits included. An error is the last that it gives, of the kinds of
// [Poster.Find].
func (p *Poster) History(ctx context.Context, channel string) iter.Seq2[json.RawMessage, error] {
	return p.pages(ctx, "conversations.history", channel, func(ctx context.Context, api *slack.Client, cursor string, limit int) error {
		_, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: channel, Cursor: cursor, Limit: limit, IncludeAllMetadata: true,
		})
		return err
	})
}

// Replies gives a thread: its first message, then the others, the oldest first. It is
// read as History is.
func (p *Poster) Replies(ctx context.Context, channel, ts string) iter.Seq2[json.RawMessage, error] {
	return p.pages(ctx, "conversations.replies", channel, func(ctx context.Context, api *slack.Client, cursor string, limit int) error {
		_, _, _, err := api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: ts, Cursor: cursor, Limit: limit, IncludeAllMetadata: true,
		})
		return err
	})
}

// pages reads one page after the other. Where the messages of one are so long that
// its answer passes all bounds, it asks for fewer.
func (p *Poster) pages(ctx context.Context, method, channel string, get func(ctx context.Context, api *slack.Client, cursor string, limit int) error) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for cursor, limit := "", pageSize; ; {
			x, e, err := p.read(ctx, method, channel, p.patience(), func(ctx context.Context, api *slack.Client) error {
				return get(ctx, api, cursor, limit)
			})
			var large *largeError
			if errors.As(err, &large) && limit > 1 {
				limit /= 2
				continue
			}
			var page struct {
				Messages []json.RawMessage `json:"messages"`
			}
			if err == nil {
				err = json.Unmarshal(x.body, &page)
			}
			next := e.Metadata.NextCursor
			if err == nil && next == cursor && next != "" {
				err = errors.New("the same page comes again and again")
			}
			if err != nil {
				yield(nil, fmt.Errorf("slack: %s: %w", method, err))
				return
			}
			for _, message := range page.Messages {
				if !yield(message, nil) {
					return
				}
			}
			if cursor = next; cursor == "" {
				return
			}
		}
	}
}
