package attachment

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// describeSample posts what is to be known of a malware sample in its place.
func (p *post) describeSample(ctx context.Context) (shown, error) {
	text, err := p.sampleText(ctx) // before its turn: others of the channel need not wait for a large file
	if err != nil {
		return shown{}, err
	}
	if err := p.t.AwaitTurn(ctx, p.room.ID); err != nil {
		return shown{}, err
	}
	message, err := processor.Step[slackapi.Posted]{
		Name: "post", Done: "posted", What: "message", Where: "Slack",
		Find: func(ctx context.Context, oldest time.Time) (slackapi.Posted, bool, error) {
			posted, found, err := p.cfg.Slack.Find(ctx, p.room.ID, p.thread, p.t.ID, oldest)
			return posted, found, inDoubt(err)
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			m := blockkit.Message{Channel: p.room.ID, ThreadTS: p.thread, Text: text, UnfurlLinks: new(false), UnfurlMedia: new(false)}
			return p.cfg.Slack.PostSince(ctx, m, p.t.ID, p.t.Arrived, permit)
		},
	}.Take(ctx, p.t)
	p.t.PassTurn()
	if err != nil {
		return shown{}, err
	}
	done := shown{message: message, link: p.link(ctx, message), note: fmt.Sprintf("The file %q is a malware sample: its name, size and hashes were posted in its place, as allow_malware_samples = false says", p.name)}
	return done, nil
}

// sampleText is the text of that message.
func (p *post) sampleText(ctx context.Context) (string, error) {
	hashes := []struct {
		label string
		hash.Hash
	}{{"MD5", md5.New()}, {"SHA-1", sha1.New()}, {"SHA-256", sha256.New()}}
	err := p.insist(ctx, func() error {
		contents, err := p.open(ctx)
		if err != nil {
			return err
		}
		defer contents.Close()
		var all []io.Writer
		for _, h := range hashes {
			h.Reset()
			all = append(all, h)
		}
		_, err = io.Copy(io.MultiWriter(all...), contents)
		return err
	})
	if err != nil {
		return "", err
	}
	var list []details.Detail
	line := func(label, text string) {
		data, _ := json.Marshal(text) // a text
		list = append(list, details.Detail{Label: label, Type: "string", Data: data})
	}
	line("Malware sample, not posted", p.name)
	line("Size", fmt.Sprintf("%d bytes", p.file.Size))
	for _, h := range hashes {
		line(h.label, hex.EncodeToString(h.Sum(nil)))
	}
	return strings.TrimSpace(p.comment + "\n" + formatters.Classic(formatters.Options{}.Fields(list), true)), nil
}
