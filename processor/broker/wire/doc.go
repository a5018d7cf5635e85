// Package wire reads and writes STOMP 1.2 frames, which are those of go-stomp's
// frame package, on a byte stream from a server that we do not control. Fuzz tests
// hold it to what go-stomp's own reader makes of the same bytes.
//
// It promises that no frame makes it allocate more than the caller allowed
// (64 KiB for command and headers, the caller's limit for the body), that a
// body over the limit is read past instead of ending the connection, that
// CONNECT and CONNECTED are not escaped, as STOMP 1.2 demands, and that written
// frames are gathered until Flush.
//
// Deadlines, heart-beats and the meaning of frames are the caller's.
package wire
