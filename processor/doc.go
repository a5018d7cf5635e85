// Package processor carries one function call from the broker to its function and
// the answer back to the platform. Read this page first: it is the way of a call
// and the map of the project.
//
// # The way of a call
//
//  1. The broker hands over a broker.Delivery (package broker). It stays the
//     broker's until it is acknowledged. resilient.DecodeCall reads it into a Call
//     (package resilient), and the function that it names is looked up: a [Task].
//  2. journal.Begin enters it (package journal). A call that was answered before
//     is answered again from there, and nothing else happens.
//  3. [Function.Run] carries it out. For slack_post_message that is package
//     message: render.Renderer lays the message out (packages render, formatters,
//     engine), the call waits for its turn in the channel (lanes.go), and
//     slackapi.Poster posts it (package slackapi). What has an effect is a [Step].
//  4. journal.Decided keeps the answer on disk, before anybody hears of it.
//  5. Delivery.Answer sends the answer to the platform, and the statuses that were
//     not sent yet with it (statuses.go). When the broker has it, journal.Settled
//     closes the entry.
//  6. Delivery.Ack acknowledges; one line goes to the log.
//
// [Processor.handle] holds these steps, and only values travel through them:
// Delivery, Task, Reply, the bytes of the answer. Nothing rides in a context but
// its end.
//
// # What is promised
//
// A call is answered, then acknowledged, so a call whose acknowledgement was
// lost comes again. It is only acknowledged where the journal knows that the broker
// has the answer, and answered from the journal where nobody knows that. A call that was begun by a
// process that died may have had effects: the journal has the results of finished
// steps, and for the step after them the other side is asked before it is done.
// Where nobody can tell, the setting OnUnknown decides, and the platform's status
// says so.
//
// Where other instances work on the same queue, a call whose connection is lost
// is theirs from that moment: the work on it ends here (permit.go). Alone, the
// work goes on, and the call comes back.
//
// An answer over which the broker ends the connection again and again becomes a
// short error and is given up at last (settle.go), so that one call cannot keep
// all others from being answered.
//
// Every call is answered and every failure has a kind, which says who can fix it
// (package kind). Only when the journal cannot be written does the processor stop
// without an answer: the broker keeps the call, and nothing is posted any more
// whose turn has not come, so that no call overtakes it.
//
// What it leaves to the caller: making its parts, running the broker's consumer
// and the engine beside it, and starting again after the journal failed.
package processor
