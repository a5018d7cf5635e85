package strftime

import (
	"fmt"
	"strings"
	"time"
)

// Zone is the time zone of a name of the IANA list. The error says what that name
// looks like, and which zone is meant by a city alone.
func Zone(name string) (*time.Location, error) {
	location, err := time.LoadLocation(name)
	if err == nil {
		return location, nil
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '_' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	city := strings.Join(words, "_")
	for _, region := range []string{"Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "US", "Canada", "Etc"} {
		if _, err := time.LoadLocation(region + "/" + city); city != "" && err == nil {
			return nil, fmt.Errorf("there is no time zone %q; did you mean %q?", name, region+"/"+city)
		}
	}
	return nil, fmt.Errorf("there is no time zone %q; write a name of the IANA time zone list, such as Europe/Berlin, or UTC", name)
}
