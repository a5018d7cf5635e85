package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/go-jose/go-jose/v4"
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

// appHostSecrets is where App Host mounts the secrets of a container.
const appHostSecrets = "/etc/secrets"

// maxSecretFile bounds a file of App Host's in bytes.
const maxSecretFile = 1 << 20

// withAppHostSecrets gives the secrets of App Host as environment variables
// that go before the others, as the original does: in a container of App Host's
// ($APP_HOST_CONTAINER=1) each file is one secret of that name, encrypted with
// the key in .jwk/key.jwk. The files stay where they are, because a reload of
// the settings reads them again.
func withAppHostSecrets(getenv func(string) (string, bool), files fs.FS) (func(string) (string, bool), error) {
	if in, _ := getenv("APP_HOST_CONTAINER"); in != "1" {
		return getenv, nil
	}
	secrets, err := readAppHostSecrets(files)
	if err != nil {
		return nil, fmt.Errorf("secrets of App Host in %s: %w", appHostSecrets, err)
	}
	return func(name string) (string, bool) {
		if v, ok := secrets[name]; ok {
			return v, true
		}
		return getenv(name)
	}, nil
}

func readAppHostSecrets(files fs.FS) (map[string]string, error) {
	entries, err := fs.ReadDir(files, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the app has none
	}
	if err != nil {
		return nil, err
	}
	secrets := map[string]string{}
	var key *jose.JSONWebKey
	for _, entry := range entries {
		// Kubernetes makes every file a link, beside folders whose names begin
		// with two dots.
		name := entry.Name()
		info, err := fs.Stat(files, name)
		if strings.HasPrefix(name, ".") || err != nil || info.IsDir() {
			continue
		}
		if key == nil {
			if key, err = readAppHostKey(files); err != nil {
				return nil, err
			}
		}
		text, err := readSmall(files, name)
		if err != nil {
			return nil, err
		}
		if secrets[name], err = decryptSecret(string(text), key); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return secrets, nil
}

func readAppHostKey(files fs.FS) (*jose.JSONWebKey, error) {
	name := path.Join(".jwk", "key.jwk")
	text, err := readSmall(files, name)
	if err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if json.Unmarshal(text, &key) != nil { // its error could quote the key
		return nil, fmt.Errorf("%s is not a key (JWK)", name)
	}
	return &key, nil
}

// decryptSecret reads a compact JWE. The algorithms are those that one key for
// both sides can have, and those of RSA and of elliptic curves.
func decryptSecret(text string, key *jose.JSONWebKey) (string, error) {
	token, err := jose.ParseEncryptedCompact(strings.TrimSpace(text),
		[]jose.KeyAlgorithm{jose.DIRECT, jose.A128KW, jose.A192KW, jose.A256KW, jose.A128GCMKW, jose.A192GCMKW, jose.A256GCMKW,
			jose.RSA_OAEP, jose.RSA_OAEP_256, jose.ECDH_ES, jose.ECDH_ES_A128KW, jose.ECDH_ES_A256KW},
		[]jose.ContentEncryption{jose.A128GCM, jose.A192GCM, jose.A256GCM, jose.A128CBC_HS256, jose.A192CBC_HS384, jose.A256CBC_HS512})
	if err != nil {
		return "", errors.New("it is not an encrypted secret (JWE)")
	}
	plain, err := token.Decrypt(key)
	if err != nil {
		return "", errors.New("the key of .jwk/key.jwk does not open it")
	}
	return string(plain), nil
}

func readSmall(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err == nil && len(text) > maxSecretFile {
		err = fmt.Errorf("%s has more than %d bytes", name, maxSecretFile)
	}
	return text, err
}
