package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// check compares with the stored expectation, which must be there.
func (p *program) check(s editor.Shot) error {
	if len(s.Sample.Want) == 0 {
		return noExpectation(s.Sample)
	}
	if err := editor.Compare(s); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: as expected\n", preview.PrintableLine(s.Sample.Name))
	return nil
}

func noExpectation(in sample.Sample) error {
	return fmt.Errorf("%s: there is no stored expectation %s: --update writes it", in.Name, filepath.Base(sample.WantPath(in.File)))
}

// update stores the message as the expectation.
func (p *program) update(s editor.Shot) error {
	js, err := sample.Expectation(s.Rendered)
	if err != nil {
		return err
	}
	name := sample.WantPath(s.Sample.File)
	if bytes.Equal(js, s.Sample.Want) {
		fmt.Fprintf(p.stdout, "%s: unchanged\n", preview.PrintableLine(name))
		return nil
	}
	if err := os.WriteFile(name, js, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: written\n", preview.PrintableLine(name))
	return nil
}
