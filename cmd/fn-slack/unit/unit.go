package unit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultDir is where systemd looks for units.
const DefaultDir = "/etc/systemd/system"

// Unit describes the systemd unit.
type Unit struct {
	Dir     string // where units lie
	Program string // path of fn-slack; empty is this program
	Config  string // path of app.config
	User    string // empty: one of systemd's making
	Name    string // without .service
}

// Complete fills in what is left out, and makes paths absolute.
func (u *Unit) Complete() (err error) {
	if u.Program == "" {
		if u.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	if u.Program, err = filepath.Abs(u.Program); err != nil {
		return err
	}
	u.Config, err = filepath.Abs(u.Config)
	return err
}

// Validate reports what cannot be a unit. Its words are those of the command's
// flags.
func (u *Unit) Validate() error {
	if u.Name == "" || strings.ContainsAny(u.Name, "/ \t\n") {
		return fmt.Errorf("--name is %q, want a name such as fn-slack", u.Name)
	}
	for _, s := range []string{u.Program, u.Config, u.User} {
		if strings.ContainsAny(s, "\n\r\"%\\") {
			return fmt.Errorf("%q cannot stand in a unit", s)
		}
	}
	return nil
}

// Text is the unit. Its start has no limit of time of systemd's, because the
// service reports itself within one minute, with or without the platform. It has
// no PrivateUsers, which keeps the service from starting where user namespaces
// are switched off, and no ProcSubset, which hides the boot time that /metrics
// computes the start of the process from.
func (u *Unit) Text() string {
	user := "DynamicUser=yes"
	if u.User != "" {
		user = "User=" + u.User
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
# A core file would hold the secrets. The memory is for 2 render workers of 64 MiB
# many times over, or for 20; when it runs out, the kernel takes a worker, and the
# service starts another:
LimitCORE=0
MemoryMax=2G
TasksMax=1024
OOMPolicy=continue
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
PrivateMounts=yes
PrivateIPC=yes
KeyringMode=private
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
SystemCallFilter=~@privileged @resources
# By these a render worker confines itself. A call that is refused must fail, not kill:
SystemCallFilter=seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`, u.Program, u.Config, user, u.Name)
}
