package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// unit describes the systemd unit.
type unit struct {
	dir     string // where units lie
	program string // absolute path of fn-slack
	config  string // absolute path of app.config
	user    string // empty: one of systemd's making
	name    string // without .service
}

const unitDir = "/etc/systemd/system"

func serviceCommand(env environment) *cobra.Command {
	u := unit{}
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Install, remove or print the systemd unit",
		Long: "Install the service as a systemd unit, remove it, or print the unit. The unit tells systemd when the service\n" +
			"is ready and that it is alive, starts it again whenever it ends, and gives it few rights: the network, and to\n" +
			"write to /var/lib/fn-slack (the journal) and /var/log/fn-slack (for logdir) alone.\n\n" +
			"Without --user, everybody must be able to run the program and to read app.config: write $NAME in it in the\n" +
			"place of secrets, and NAME=value into /etc/fn-slack/environment, which only root need read.",
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&u.config, "config-file", "/etc/fn-slack/app.config", "the settings of the service")
	flags.StringVar(&u.user, "user", "", "the user that runs it (default: one that systemd makes for it)")
	flags.StringVar(&u.name, "name", "fn-slack", "of the unit; another instance needs another name, and settings of its own")
	flags.StringVar(&u.dir, "unit-dir", unitDir, "the folder of the unit")
	flags.StringVar(&u.program, "program", "", "path of fn-slack (default: this one)")
	add := func(use, short string, do func() error) {
		cmd.AddCommand(&cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(*cobra.Command, []string) error {
			if err := u.complete(); err != nil {
				return err
			}
			return do()
		}})
	}
	add("print", "Print the unit", func() error {
		_, err := fmt.Fprint(env.stdout, u.text())
		return err
	})
	add("install", "Write the unit and let systemd read it; starts nothing", func() error { return u.install(env) })
	add("uninstall", "Stop the service and remove the unit; settings, scripts and journal stay", func() error { return u.uninstall(env) })
	return cmd
}

func (u *unit) complete() (err error) {
	if u.program == "" {
		if u.program, err = os.Executable(); err != nil {
			return err
		}
	}
	if u.program, err = filepath.Abs(u.program); err != nil {
		return err
	}
	if u.config, err = filepath.Abs(u.config); err != nil {
		return err
	}
	if u.name == "" || strings.ContainsAny(u.name, "/ \t\n") {
		return usageError{fmt.Errorf("--name is %q, want a name such as fn-slack", u.name)}
	}
	for _, s := range []string{u.program, u.config, u.user} {
		if strings.ContainsAny(s, "\n\r\"%\\") {
			return usageError{fmt.Errorf("%q cannot stand in a unit", s)}
		}
	}
	return nil
}

// text is the unit. Its start has no limit of time of systemd's, because the
// service reports itself within one minute, with or without the platform.
func (u *unit) text() string {
	user := "DynamicUser=yes"
	if u.user != "" {
		user = "User=" + u.user
	}
	return fmt.Sprintf(`[Unit]
Description=Posts the incidents of IBM SOAR to Slack
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart="%s" run --config-file "%s"
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=5
TimeoutStartSec=120
TimeoutStopSec=60
WatchdogSec=60
KillMode=mixed
%s
StateDirectory=%[4]s
StateDirectoryMode=0700
RuntimeDirectory=%[4]s
LogsDirectory=%[4]s
WorkingDirectory=/var/lib/%[4]s
Environment="APP_CONFIG_FILE=%[2]s"
Environment=APP_LOCK_FILE=/run/%[4]s/lock
Environment=HOME=/var/lib/%[4]s
# Secrets of the settings, NAME=value a line, for $NAME in app.config:
EnvironmentFile=-/etc/%[4]s/environment

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
# By these a render worker confines itself. A call that is refused must fail, not kill:
SystemCallFilter=seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`, u.program, u.config, user, u.name)
}

func (u *unit) path() string { return filepath.Join(u.dir, u.name+".service") }

func (u *unit) install(env environment) error {
	if closed := closedToOthers(u.program, 0o001); u.user == "" && closed != "" {
		return fmt.Errorf("the user that systemd makes cannot run %s, because %s is closed to others: install the program into /usr/local/bin, or name with --user who may run it", u.program, closed)
	}
	if err := replaceFile(u.path(), []byte(u.text()), 0o644); err != nil {
		return fmt.Errorf("%w; run it as root, or write it yourself with `fn-slack service print`", err)
	}
	fmt.Fprintf(env.stdout, "%s written.\n", u.path())
	if err := u.systemctl("daemon-reload"); err != nil {
		return err
	}
	if _, err := os.Stat(u.config); err != nil {
		fmt.Fprintf(env.stdout, "%s is not there yet: fn-slack config -c %s\n", u.config, u.config)
	} else if closed := closedToOthers(u.config, 0o004); u.user == "" && closed != "" {
		fmt.Fprintf(env.stdout, "%s is not readable for everybody, because of %s, so name with --user who may read it, or move its secrets to /etc/%s/environment.\n", u.config, closed, u.name)
	}
	fmt.Fprintf(env.stdout, "Try the settings as the service will: %s\n", u.trial())
	fmt.Fprintf(env.stdout, "Start it, now and at every boot: systemctl enable --now %s\n", u.name)
	return nil
}

// trial is the selftest with the user, the environment and the state folder of
// the unit.
func (u *unit) trial() string {
	user := "-p DynamicUser=yes -p User=" + u.name
	if u.user != "" {
		user = "-p User=" + u.user
	}
	return fmt.Sprintf(`systemd-run --pipe --wait --collect %s -p EnvironmentFile=-/etc/%[2]s/environment -p StateDirectory=%[2]s -p WorkingDirectory=/var/lib/%[2]s "%[3]s" selftest --config-file "%[4]s"`,
		user, u.name, u.program, u.config)
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

func (u *unit) uninstall(env environment) error {
	if _, err := os.Stat(u.path()); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(env.stdout, "%s is not there.\n", u.path())
		return nil
	}
	if err := u.systemctl("disable", "--now", u.name); err != nil {
		return err
	}
	if err := os.Remove(u.path()); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s removed.\n", u.path())
	return u.systemctl("daemon-reload")
}

// systemctl tells systemd, where the unit lies where systemd looks.
func (u *unit) systemctl(args ...string) error {
	if u.dir != unitDir {
		return nil
	}
	out, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
