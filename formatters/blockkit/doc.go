// Package blockkit knows what a message for Slack may be: its shape, Slack's
// rules and limits, and how a message that is only too long is made to fit.
//
// Validate checks a message against the rules, Fit splits what is too long, and
// Gate is the last look at the markup. [Trees] lets them share the decoded JSON
// of one message.
//
// It leaves to package formatters what data means, and to the caller where a
// message goes. A rule of Slack's is changed in rules.go or elements.go, a limit
// in limits.go.
package blockkit
