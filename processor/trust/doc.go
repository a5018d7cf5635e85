// Package trust says why a TLS connection did not come about, in the same words
// for the platform, the broker and Slack: what is wrong with which certificate,
// and what to do.
//
// It promises to say nothing about errors that are not of TLS, and to change
// nothing of what is trusted: it looks at errors and at files alone.
//
// It leaves the connections to the packages that make them, and to the caller
// what an error means for the work. Begin with [Peer.Explain]; [Pool] does the
// same for a file of authorities.
package trust
