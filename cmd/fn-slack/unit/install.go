package unit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fn-slack/fn-slack/processor/config"
)

func (u *Unit) path() string { return filepath.Join(u.Dir, u.Name+".service") }

// Install writes the unit and lets systemd read it; it starts nothing. What is
// done, and what is left to do, is told to out.
func (u *Unit) Install(out io.Writer) error {
	if closed := closedToOthers(u.Program, 0o001); u.User == "" && closed != "" {
		return fmt.Errorf("the user that systemd makes cannot run %s, because %s is closed to others: install the program into /usr/local/bin, or name with --user who may run it", u.Program, closed)
	}
	if err := config.Replace(u.path(), []byte(u.Text()), 0o644); err != nil {
		return fmt.Errorf("%w; run it as root, or write it yourself with `fn-slack service print`", err)
	}
	fmt.Fprintf(out, "%s written.\n", u.path())
	if err := u.systemctl("daemon-reload"); err != nil {
		return err
	}
	if _, err := os.Stat(u.Config); err != nil {
		fmt.Fprintf(out, "%s is not there yet: fn-slack config -c %s\n", u.Config, u.Config)
	} else if closed := closedToOthers(u.Config, 0o004); u.User == "" && closed != "" {
		fmt.Fprintf(out, "%s is not readable for everybody, because of %s, so name with --user who may read it, or move its secrets to /etc/%s/environment.\n", u.Config, closed, u.Name)
	}
	fmt.Fprintf(out, "Try the settings as the service will: %s\n", u.trial())
	fmt.Fprintf(out, "Start it, now and at every boot: systemctl enable --now %s\n", u.Name)
	return nil
}

// trial is the selftest with the user, the environment and the state folder of
// the unit.
func (u *Unit) trial() string {
	user := "-p DynamicUser=yes -p User=" + u.Name
	if u.User != "" {
		user = "-p User=" + u.User
	}
	return fmt.Sprintf(`systemd-run --pipe --wait --collect %s -p EnvironmentFile=-/etc/%[2]s/environment -p StateDirectory=%[2]s -p WorkingDirectory=/var/lib/%[2]s "%[3]s" selftest --config-file "%[4]s"`,
		user, u.Name, u.Program, u.Config)
}

// closedToOthers is the first part of a path that keeps out a user without any
// rights: a folder that must not be searched, or the file itself where it lacks
// the bits. It is empty where there is none, or no file.
func closedToOthers(path string, bits fs.FileMode) string {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	closed := ""
	for ; ; path, bits = filepath.Dir(path), 0o001 {
		if info, err := os.Stat(path); err == nil && info.Mode()&bits != bits {
			closed = path
		}
		if path == filepath.Dir(path) {
			return closed
		}
	}
}

// Uninstall stops the service and removes the unit.
func (u *Unit) Uninstall(out io.Writer) error {
	if _, err := os.Stat(u.path()); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(out, "%s is not there.\n", u.path())
		return nil
	}
	if err := u.systemctl("disable", "--now", u.Name); err != nil {
		return err
	}
	if err := os.Remove(u.path()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s removed.\n", u.path())
	return u.systemctl("daemon-reload")
}

// systemctl tells systemd, where the unit lies where systemd looks.
func (u *Unit) systemctl(args ...string) error {
	if u.Dir != DefaultDir {
		return nil
	}
	out, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
