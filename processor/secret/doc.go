// Package secret holds passwords, keys and tokens so that nothing prints them by
// mistake: not fmt, log/slog or encoding/json, and not as a field of what is
// printed.
package secret
