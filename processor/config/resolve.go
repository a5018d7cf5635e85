package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fn-slack/fn-slack/processor/secret"
)

var (
	// braced is ${NAME}, which may stand anywhere in a value.
	braced = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	// leading is $NAME, which only counts at the start of a value.
	leading = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)`)
	// variable is a value that nothing but a variable can be meant by.
	variable = regexp.MustCompile(`^\$([A-Z_][A-Z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})$`)
	// keyring is ^name at the start, or ^{name} anywhere.
	keyring = regexp.MustCompile(`^\^[A-Za-z_][A-Za-z0-9_.-]*$|\^\{[^}]+\}`)
)

// whole is the environment variable that all of a value behind $ names, where the
// forms above would not take all of it for a name: the original reads $MY-KEY so.
func (l *loading) whole(value string) (variable string, set bool) {
	name, reference := strings.CutPrefix(value, "$")
	if !reference || name == "" || leading.FindString(value) == value || strings.HasPrefix(name, "{") {
		return "", false
	}
	return l.getenv(name)
}

// resolve fills in references to environment variables. A reference to a
// variable that is not set stays as it was, as in the original: a password may
// look like one. In any other setting that is a problem, and in a password a
// note, or a warning where it can hardly be anything else.
func (l *loading) resolve(k Key, from origin, value string) string {
	id := k.Section + "." + k.Name
	if variable, ok := l.whole(value); ok {
		l.settings.Notes = append(l.settings.Notes, fmt.Sprintf("%s: %s is read from the environment variable %s, a name that most shells cannot set", from, id, value[1:]))
		return variable
	}
	if keyring.MatchString(value) {
		return l.fromKeyring(k, from, value)
	}
	missing := ""
	fill := func(pattern *regexp.Regexp, text string) string {
		return pattern.ReplaceAllStringFunc(text, func(reference string) string {
			name := pattern.FindStringSubmatch(reference)[1]
			if v, ok := l.getenv(name); ok {
				return v
			}
			missing = name
			return reference
		})
	}
	// What a variable holds is not searched again: it is data.
	var filled string
	if at := leading.FindStringIndex(value); at != nil {
		filled = fill(leading, value[:at[1]]) + fill(braced, value[at[1]:])
	} else {
		filled = fill(braced, value)
	}
	switch {
	case missing == "":
	case k.Name != "api_key_secret" && k.Secret && anyText(k) && variable.MatchString(value):
		l.warning(id, fmt.Sprintf("environment variable %s is not set; the value is taken as it stands", missing))
	case anyText(k) && (k.Name != "api_key_secret" || !variable.MatchString(value)):
		if k.Secret {
			missing = secret.Mask // it is most of the password
		}
		l.settings.Notes = append(l.settings.Notes, fmt.Sprintf("%s: %s looks like a reference to environment variable %s, which is not set; it is taken as it stands", from, id, missing))
	default:
		l.problem(from, id, fmt.Sprintf("environment variable %s is not set", missing), "set it where the service is started, or write the value itself")
		return ""
	}
	return filled
}

// anyText tells which settings may hold any characters, a $ included.
func anyText(k Key) bool {
	return k.Name == "password" || k.Name == "api_key_secret" || k.Name == "proxy_password" || k.Name == "date_format"
}

// fromKeyring fills in references to the keyring. The service's name there is
// the section, and _ for the section resilient, as in the original.
func (l *loading) fromKeyring(k Key, from origin, value string) string {
	id := k.Section + "." + k.Name
	const instead = "put the secret into an environment variable and write its name: $NAME"
	if l.Keyring == nil {
		l.problem(from, id, "the value is a reference to a keyring, and there is none", instead)
		return ""
	}
	service := k.Section
	if service == "resilient" {
		service = "_"
	}
	failed := false
	filled := keyring.ReplaceAllStringFunc(value, func(reference string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(reference, "^"), "{"), "}")
		v, err := l.Keyring(service, name)
		if err != nil && !failed {
			failed = true
			l.problem(from, id, fmt.Sprintf("the keyring does not give %s of service %s: %v", shorten(name), service, err),
				"store it there for the user that runs the service, or "+instead)
		}
		return v
	})
	if failed {
		return ""
	}
	return filled
}
