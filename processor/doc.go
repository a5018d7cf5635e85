// Package processor carries one function call from the broker to its function and
// the answer back to the platform. This is the way of a call:
//
//  1. The broker hands over a broker.Delivery, which stays the broker's until it is
//     acknowledged. resilient.DecodeCall reads it, and it becomes a [Task].
//  2. journal.Begin enters it. A call that was answered before is answered from
//     there, and nothing else happens.
//  3. [Function.Run] carries it out. slack_post_message (package message) is laid out
//     by a render.Renderer, waits for its turn in the channel (lanes.go), and is
//     posted by a slackapi.Poster. What has an effect is a [Step].
//  4. journal.Decided keeps the answer on disk, before anybody hears of it.
//  5. Delivery.Answer sends it, with the statuses that were not sent yet
//     (statuses.go). When the broker has it, journal.Settled closes the entry.
//  6. Delivery.Ack acknowledges; one line goes to the log.
//
// [Processor.handle] holds these steps; nothing rides in a context but its end. A
// call is acknowledged only where the journal knows that the broker has its answer.
// What was begun by a process that died is asked for on the other side before it is
// done again (doubt.go); where other instances share the queue, a call whose
// connection is lost is theirs (permit.go). Every failure has a kind (package kind),
// and only a journal that cannot be written ends the processor without an answer.
//
// It leaves to the caller: making its parts, running consumer and engine, and
// starting again after the journal failed. What is promised: README.md beside this.
package processor
