package config

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-jose/go-jose/v4"
)

// sealed is a secret as App Host writes one.
func sealed(t *testing.T, key []byte, text string) string {
	t.Helper()
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.A256KW, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := e.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := token.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestSecretsOfAppHost(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	jwk, err := json.Marshal(jose.JSONWebKey{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		".jwk/key.jwk":    {Data: jwk},
		"SLACK_TOKEN":     {Data: []byte(sealed(t, key, "xoxb-sealed") + "\n")},
		"..2026_11/OTHER": {Data: []byte("not looked at")},
	}
	env := map[string]string{"APP_HOST_CONTAINER": "1", "SLACK_TOKEN": "of the environment", "HOME": "/h"}
	get := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	with, err := withAppHostSecrets(get, files)
	if err != nil {
		t.Fatal(err)
	}
	token, _ := with("SLACK_TOKEN")
	home, _ := with("HOME")
	if token != "xoxb-sealed" || home != "/h" {
		t.Errorf("got %q and %q", token, home)
	}

	files["SLACK_TOKEN"] = &fstest.MapFile{Data: []byte(sealed(t, []byte(strings.Repeat("x", 32)), "xoxb-other"))}
	if _, err := withAppHostSecrets(get, files); err == nil || !strings.Contains(err.Error(), "SLACK_TOKEN: the key") {
		t.Errorf("another key: %v", err)
	}
	files["SLACK_TOKEN"] = &fstest.MapFile{Data: []byte("xoxb-plain")}
	if _, err := withAppHostSecrets(get, files); err == nil || strings.Contains(err.Error(), "xoxb-plain") {
		t.Errorf("no JWE: %v", err)
	}
	delete(files, ".jwk/key.jwk")
	if _, err := withAppHostSecrets(get, files); err == nil || !strings.Contains(err.Error(), "key.jwk") {
		t.Errorf("no key: %v", err)
	}
	env["APP_HOST_CONTAINER"] = "0"
	with, err = withAppHostSecrets(get, files)
	if token, _ := with("SLACK_TOKEN"); err != nil || token != "of the environment" {
		t.Errorf("elsewhere: %v, %q", err, token)
	}
}
