package config

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	system "github.com/zalando/go-keyring"
)

// Read is Load with what this machine keeps outside of the file: the secrets of
// App Host, in one of its containers, go before the environment, and ^name is an
// entry of the system's keyring. The settings are nil where App Host's secrets
// cannot be read. Options.Keyring is not looked at.
func Read(o Options) (*Settings, error) {
	getenv, err := withAppHostSecrets(o.getenv, os.DirFS(appHostSecrets))
	if err != nil {
		return nil, err
	}
	o.Getenv, o.Keyring = getenv, fromKeyring
	return Load(o)
}

// fromKeyring asks the system's keyring: the Secret Service on Linux, Keychain,
// Credential Manager.
func fromKeyring(service, name string) (string, error) {
	secret, err := system.Get(service, name)
	if errors.Is(err, system.ErrNotFound) {
		return "", errors.New("it has no such entry")
	}
	if errors.Is(err, exec.ErrNotFound) { // dbus-launch, which would start one
		return "", errors.New("there is no session of D-Bus, as in a system service")
	}
	if err != nil {
		return "", fmt.Errorf("it cannot be used: %w", err)
	}
	return secret, nil
}
