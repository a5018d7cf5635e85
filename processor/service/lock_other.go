//go:build !unix

package service

import "os"

// lockFile does not lock where there is no flock; the journal, which only one
// process can have open, keeps two instances of one state folder apart there.
func lockFile(*os.File) error { return nil }
