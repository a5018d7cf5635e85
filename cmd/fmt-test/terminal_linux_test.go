package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// onTerminal runs fmt-test with a terminal of so many columns as its output.
func onTerminal(t *testing.T, columns uint16, env map[string]string, args ...string) string {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there is no terminal on this machine: %v", err)
	}
	defer ours.Close()
	fd := int(ours.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&shown, ours) // ends with an error when theirs is closed
	}()
	getenv := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	code := run(context.Background(), args, getenv, strings.NewReader(""), theirs, theirs)
	theirs.Close()
	<-read
	if code != 0 {
		t.Fatalf("exit %d: %s", code, shown.String())
	}
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

func TestColourAndWidthFollowTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns uint16
		env     map[string]string
		color   bool
	}{
		{"colour", 100, nil, true},
		{"narrow", 40, nil, true},
		{"NO_COLOR", 60, map[string]string{"NO_COLOR": "1"}, false},
		{"NO_COLOR is empty", 60, map[string]string{"NO_COLOR": ""}, true},
		{"dumb", 60, map[string]string{"TERM": "dumb"}, false},
	} {
		shown := onTerminal(t, c.columns, c.env, card, "../../scripts/samples/incident-card/high.json")
		if got := strings.Contains(shown, "\x1b["); got != c.color {
			t.Errorf("%s: colour is %v, want %v: %q", c.name, got, c.color, shown)
		}
		longest := 0
		for line := range strings.Lines(plainText(shown)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.Contains(line, " characters") {
				continue // the line of facts is not the message's
			}
			longest = max(longest, len([]rune(line)))
		}
		if longest > int(c.columns) || longest < int(c.columns)/2 {
			t.Errorf("%s: the longest line has %d columns of %d:\n%s", c.name, longest, c.columns, shown)
		}
	}
}

// plainText is text without the sequences that colour it.
func plainText(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}
