package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// The setters below store a value of one kind. Their errors say what to write.

func text(at func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		*at(s) = v
		return nil
	}
}

func hidden(at func(*Settings) *secret.Text) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		*at(s) = secret.New(v)
		return nil
	}
}

func integer(at func(*Settings) *int, low, high int) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < low || n > high {
			return fmt.Errorf("write a whole number from %d to %d", low, high)
		}
		*at(s) = n
		return nil
	}
}

// tries reads a number of tries; without end is -1 for the original, 0 for us.
func tries(at func(*Settings) *int) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		err := integer(at, -1, math.MaxInt32)(s, v)
		*at(s) = max(*at(s), 0)
		return err
	}
}

// duration reads seconds, as the original has them, or a number with a unit.
func duration(at func(*Settings) *time.Duration, low, high time.Duration) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		d, err := time.ParseDuration(v)
		if seconds, e := strconv.ParseFloat(v, 64); e == nil {
			d, err = time.Duration(seconds*float64(time.Second)), nil
			if !(seconds >= 0 && seconds <= high.Seconds()) { // before it overflows
				d = -1
			}
		}
		if err != nil || d < low || d > high {
			return fmt.Errorf("write seconds, or a number with a unit such as 90s or 5m, from %v to %v", low, high)
		}
		*at(s) = d
		return nil
	}
}

// boolean reads what the original takes for true: a value that begins with 1, t
// or y. Unlike the original it does not take everything else for false.
func boolean(at func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		switch strings.ToLower(v) {
		case "1", "t", "true", "y", "yes", "on":
			*at(s) = true
		case "0", "f", "false", "n", "no", "off":
			*at(s) = false
		default:
			return errors.New("write true or false")
		}
		return nil
	}
}

func choice(v string, set func(string), allowed ...string) error {
	for _, a := range allowed {
		if strings.EqualFold(v, a) {
			set(a)
			return nil
		}
	}
	return fmt.Errorf("write one of: %s", strings.Join(allowed, ", "))
}

func certificates(v string) (file string, insecure bool) {
	if strings.EqualFold(v, "false") {
		return "", true
	}
	return v, false
}

func joinPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
