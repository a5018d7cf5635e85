package service

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
)

// What is looked up on the platform, deployed and tested is what is carried out.
func TestFunctionsAreThoseThatAreMade(t *testing.T) {
	s := &serving{Maker: parts.Maker{Settings: &config.Settings{}, Log: slog.New(slog.DiscardHandler)}}
	var made []string
	for _, f := range s.functions(platform{}) {
		made = append(made, f.Name())
	}
	if diff := cmp.Diff(Functions(), made); diff != "" {
		t.Errorf("functions (-named +made):\n%s", diff)
	}
}
