// Package wire reads and writes STOMP 1.2 frames on a byte stream: go-stomp's
// frame package does the frames and the escaping of headers, this package adds
// what a connection to a server that we do not control needs.
//
// It promises that no frame makes it allocate more than the caller allowed
// (MaxHeader for command and headers, the caller's limit for the body), that a
// body over the limit is read past instead of ending the connection, that
// CONNECT and CONNECTED are not escaped, as STOMP 1.2 demands, and that written
// frames are gathered until Flush.
//
// Deadlines, heart-beats and the meaning of frames are the caller's.
package wire
