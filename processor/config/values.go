package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// into stores what read makes of a value.
func into[T any](at *T, read func(string) (T, error)) func(string) error {
	return func(v string) (err error) {
		*at, err = read(v)
		return err
	}
}

// What reads a value follows, a function for each kind. The errors say what to
// write.

func text(v string) (string, error) { return v, nil }

func hidden(v string) (secret.Text, error) { return secret.New(v), nil }

func integer(low, high int) func(string) (int, error) {
	return func(v string) (int, error) {
		n, err := strconv.Atoi(v)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("write a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

// tries reads a number of tries; without end is -1 for the original, 0 for us.
func tries(v string) (int, error) {
	n, err := integer(-1, math.MaxInt32)(v)
	return max(n, 0), err
}

// fileSize reads bytes; 0 is no limit.
func fileSize(v string) (int, error) {
	n, err := integer(0, math.MaxInt32)(v)
	if err != nil || n > 0 && n < 100_000 {
		return 0, errors.New("write 0, or at least 100000")
	}
	return n, nil
}

func factor(v string) (float64, error) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 1 && f <= 100) {
		return 0, errors.New("write a number from 1 to 100")
	}
	return f, nil
}

// duration reads seconds, as the original has them, or a number with a unit.
func duration(low, high time.Duration) func(string) (time.Duration, error) {
	return func(v string) (time.Duration, error) {
		d, err := time.ParseDuration(v)
		if seconds, e := strconv.ParseFloat(v, 64); e == nil {
			d, err = time.Duration(seconds*float64(time.Second)), nil
			if !(seconds >= 0 && seconds <= high.Seconds()) { // before it overflows
				d = -1
			}
		}
		if err != nil || d < low || d > high {
			return 0, fmt.Errorf("write seconds, or a number with a unit such as 90s or 5m, from %v to %v", low, high)
		}
		return d, nil
	}
}

// boolean reads what the original takes for true: a value that begins with 1, t
// or y. Unlike the original it does not take everything else for false.
func boolean(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "1", "t", "true", "y", "yes", "on":
		return true, nil
	case "0", "f", "false", "n", "no", "off":
		return false, nil
	}
	return false, errors.New("write true or false")
}

func oneOf(allowed ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(v, a) })
		if i < 0 {
			return "", fmt.Errorf("write one of: %s", strings.Join(allowed, ", "))
		}
		return allowed[i], nil
	}
}

// either reads one of two words, of which the second is true.
func either(no, yes string) func(string) (bool, error) {
	return func(v string) (bool, error) {
		word, err := oneOf(no, yes)(v)
		return word == yes, err
	}
}

// certificates reads the file of the trusted ones, or false, as in the original.
func certificates(file *string, insecure *bool) func(string) error {
	return func(v string) error {
		if *insecure = strings.EqualFold(v, "false"); !*insecure {
			*file = v
		}
		return nil
	}
}

func zone(v string) (*time.Location, error) {
	l, err := time.LoadLocation(v)
	if err != nil {
		return nil, errors.New("write a name of the IANA time zone list, such as Europe/Berlin, or UTC")
	}
	return l, nil
}

func proxy(v string) (*url.URL, error) {
	if !strings.Contains(v, "://") {
		v = "https://" + v // the original's default
	}
	u, err := url.Parse(v)
	if err != nil || u.User != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("write a host name, or http:// or https:// and a host name; account and password have keys of their own")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func webAddress(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("write an address such as https://slack.com/api/")
	}
	return v, nil
}

func listenAddress(v string) (string, error) {
	if strings.EqualFold(v, "off") {
		return "", nil
	}
	_, port, err := net.SplitHostPort(v)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		return "", errors.New("write an address such as 127.0.0.1:9808, or off")
	}
	return v, nil
}

func hostNames(v string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimSpace(name)
		if name == "" || strings.ContainsAny(name, "/:@* \t\n") {
			return nil, errors.New("write names such as fn-slack.example.com, without port, separated by commas")
		}
		names = append(names, name)
	}
	return names, nil
}
