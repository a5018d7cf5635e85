package slacktest

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"
)

// DefaultToken is the bot token that a workspace accepts when the
// configuration names none.
const DefaultToken = "xoxb-stand-in"

// Config describes a workspace. The zero value is a working one.
type Config struct {
	Addr  string // loopback address to listen on; "" is 127.0.0.1:0
	Token string // the bot's token; "" is DefaultToken
	// Scopes of the token; nil is everything that the service can use.
	Scopes   []string
	Team     string    // the workspace's name; "" is "Stand-in SOC"
	Channels []Channel // nil is #general, #soc, #incidents and others
	Users    []User    // who can get direct messages; nil is two people

	// ShareAfter is how often a file is asked about, after its upload was completed,
	// before the message that shares it is there: Slack looks through files first.
	ShareAfter int

	// Limit makes the workspace refuse messages above a rate, as Slack does.
	// The zero value has no limit.
	Limit Limit
	// Tiers are rates of methods for the whole workspace, by their names.
	Tiers map[string]Limit

	Location *time.Location // of the times on the page; nil is UTC
	Now      func() time.Time
	Panel    Panel        // the controls beside the messages; nil is none
	Editor   http.Handler // a page for the panel's scripts, below /edit/; nil is none
	Log      *slog.Logger
}

// Channel is one conversation of the workspace.
type Channel struct {
	ID       string // C…, G… or D…; "" is made up
	Name     string // without #
	Private  bool
	Archived bool
	Outside  bool // the app is not a member
	Created  time.Time
	Creator  string // a user's id
}

// User is a person of the workspace.
type User struct {
	ID, Name, RealName, Email string
	Deleted                   bool
}

// Limit is a rate: Burst messages or calls at once, then one per Interval.
type Limit struct {
	Interval time.Duration
	Burst    int
}

var allScopes = []string{
	"chat:write", "chat:write.public", "chat:write.customize", "channels:history", "groups:history",
	"im:history", "channels:read", "groups:read", "im:read", "users:read", "metadata.message:read",
	"channels:manage", "groups:write", "channels:join", "users:read.email", "files:write", "files:read",
}

func (c *Config) complete() error {
	var problems []error
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		problems = append(problems, fmt.Errorf("slacktest: address %q: %w", c.Addr, err))
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		problems = append(problems, fmt.Errorf("slacktest: address %q is not a loopback address", c.Addr))
	}
	if c.Token == "" {
		c.Token = DefaultToken
	}
	if c.Scopes == nil {
		c.Scopes = allScopes
	}
	if c.Team == "" {
		c.Team = "Stand-in SOC"
	}
	if c.Channels == nil {
		c.Channels = []Channel{
			{Name: "general"}, {Name: "soc"}, {Name: "incidents"}, {Name: "firewall"},
			{Name: "leads", Private: true},
			{Name: "board", Private: true, Outside: true},
			{Name: "incidents-2017", Archived: true},
		}
	}
	if c.Users == nil {
		c.Users = []User{
			{ID: "U0STANDIN1", Name: "ada", RealName: "Ada Analyst", Email: "ada@example.com"},
			{ID: "U0STANDIN2", Name: "leo", RealName: "Leo Lead", Email: "leo@example.com"},
		}
	}
	c.Channels = slices.Clone(c.Channels)
	seen := map[string]bool{}
	for i := range c.Channels {
		ch := &c.Channels[i]
		if ch.ID == "" {
			ch.ID = fmt.Sprintf("C0STANDIN%02d", i+1)
		}
		if ch.Name == "" || seen[ch.Name] || seen[ch.ID] {
			problems = append(problems, fmt.Errorf("slacktest: channel %d (%q, %q) has no name or is there twice", i, ch.ID, ch.Name))
		}
		seen[ch.Name], seen[ch.ID] = true, true
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return errors.Join(problems...)
}
