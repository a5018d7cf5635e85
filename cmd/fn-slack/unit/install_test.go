package unit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without --user systemd makes a user that others' closed folders keep out.
func TestInstallSaysWhatKeepsTheServiceOut(t *testing.T) {
	home, err := os.MkdirTemp("", "") // 0700, as /root, where `go install` puts programs
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	bin := filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(bin, "fn-slack")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(bin, "app.config")
	if err := os.WriteFile(config, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	install := func(program, user string) (string, error) {
		var out strings.Builder
		u := Unit{Dir: t.TempDir(), Program: program, Config: config, User: user, Name: "fn-slack"}
		err := u.Install(&out)
		return out.String(), err
	}
	if _, err := install(program, ""); err == nil || !strings.Contains(err.Error(), home+" is closed to others: install the program into /usr/local/bin") {
		t.Error(err)
	}
	if said, err := install(program, "integration"); err != nil || !strings.Contains(said, "-p User=integration -p EnvironmentFile=-/etc/fn-slack/environment") {
		t.Errorf("%v: %s", err, said)
	}
	if said, err := install("/bin/true", ""); err != nil || !strings.Contains(said, "not readable for everybody, because of "+home+",") {
		t.Errorf("%v: %s", err, said)
	}
}

func TestWhatCannotBeAUnit(t *testing.T) {
	good := Unit{Dir: DefaultDir, Program: "fn-slack", Config: "app.config", Name: "fn-slack"}
	if err := errors.Join(good.Complete(), good.Validate()); err != nil || !filepath.IsAbs(good.Program) || !filepath.IsAbs(good.Config) {
		t.Errorf("%v: %+v", err, good)
	}
	for name, change := range map[string]func(*Unit){
		"no name":                  func(u *Unit) { u.Name = "" },
		"a path":                   func(u *Unit) { u.Name = "../x" },
		"a specifier of systemd's": func(u *Unit) { u.Config = "/etc/%n" },
		"a second line":            func(u *Unit) { u.User = "root\nExecStartPre=/bin/sh" },
		"a quote":                  func(u *Unit) { u.Program = `/opt/"x"` },
	} {
		u := good
		change(&u)
		if u.Validate() == nil {
			t.Errorf("%s: %+v is allowed", name, u)
		}
	}
}
