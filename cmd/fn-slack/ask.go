package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errNoAnswer says that the input ended where an answer was wanted.
var errNoAnswer = errors.New("there is nobody to answer; -y answers yes, and nothing was changed")

// newAsker asks on the standard output and reads the answer from the standard
// input: y or yes is yes, n or no is no, anything else is asked again.
func newAsker(env environment) func(ctx context.Context, question string) (bool, error) {
	in := bufio.NewReader(env.stdin)
	return func(ctx context.Context, question string) (bool, error) {
		for {
			fmt.Fprintf(env.stdout, "%s (y/n): ", question)
			line, err := readLine(ctx, in)
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "y", "yes":
				return true, nil
			case "n", "no":
				return false, nil
			}
			if err != nil {
				fmt.Fprintln(env.stdout)
				if errors.Is(err, io.EOF) {
					err = errNoAnswer
				}
				return false, err
			}
		}
	}
}

// readLine reads a line, but no longer than ctx. Nothing can end the reading of
// a terminal: the goroutine of a cancelled one ends with the program, which is
// what the cancellation leads to.
func readLine(ctx context.Context, in *bufio.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := in.ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
