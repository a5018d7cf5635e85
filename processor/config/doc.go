// Package config reads app.config, the settings file that the platform's own
// runtime uses, and says everything that is wrong with it at once.
//
// It promises that a file which works for the original works here with the
// same meaning: the sections [resilient] and [fn_slack], the original's keys,
// its reading of ini text (see ini.go), references to environment variables,
// and its order of precedence. What it does not know is a note and not an
// error. A value is never changed on its way, whatever characters a password
// has. Secrets cannot be printed.
//
// It leaves to the caller the command line and the environment, which are
// handed in, and all use of the settings: it opens no connection to the platform
// and creates no folder. Begin with [Load], and with [Read] for the secrets that
// lie elsewhere: App Host's files and the system's keyring.
package config
