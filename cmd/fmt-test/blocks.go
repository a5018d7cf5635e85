package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// maxBlocksFile is many times what the largest message needs.
const maxBlocksFile = 4 << 20

// checkBlocks checks Block Kit JSON against Slack's rules, and answers in the
// form of Slack's blocks.validate.
func (p *program) checkBlocks(name string) error {
	in := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxBlocksFile+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxBlocksFile {
		return fmt.Errorf("%s: more than %d bytes", name, maxBlocksFile)
	}
	answer := struct {
		OK     bool                 `json:"ok"`
		Errors []blockkit.Violation `json:"errors"`
	}{Errors: blockkit.ValidateBlocks(data)}
	if answer.OK = len(answer.Errors) == 0; answer.OK {
		answer.Errors = []blockkit.Violation{}
	}
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(answer); err != nil {
		return err
	}
	if !answer.OK {
		return errors.New("Slack would refuse the blocks: " + answer.Errors[0].String())
	}
	return nil
}
