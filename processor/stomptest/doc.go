// Package stomptest is a STOMP 1.2 broker for tests and for the demo: queues in
// memory behind a real TCP port, TLS if wanted (Certificates makes what that
// needs), with the platform's side in the same process (Send, Receive) and
// faults on demand. Proxy is a TCP proxy with faults for any server, Peer the
// platform's side of any broker, real ones too.
//
// It promises what the service relies on in a real broker: bounded prefetch,
// individual acknowledgement, redelivery after a lost connection, receipts,
// heart-beats, logins. The conformance cases of processor/broker
// hold it to that together with ActiveMQ and RabbitMQ. Where these two differ,
// Config.Server decides which of them it behaves like.
//
// It does not promise durability, expiry, topics, selectors or transactions.
package stomptest
