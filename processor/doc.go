// Package processor carries one function call from the broker to Slack and its
// answer back to the platform. Read this page first: it is the way of a message
// and the map of the project.
//
// # The way of a message
//
//  1. The broker hands over a call: a broker.Delivery (package broker). It stays
//     the broker's until it is acknowledged.
//  2. journal.Begin enters it (package journal). A call that was answered before
//     is answered again from there, and nothing else happens.
//  3. resilient.DecodeCall reads it into a Call: function, workflow, inputs
//     (package resilient).
//  4. render.Renderer makes the messages (package render): the fields are
//     prepared (package formatters), a script lays them out in a worker process
//     (package engine; one that is nothing but labels needs none), Slack's rules
//     are checked, what is too long is fitted.
//  5. slackapi.Poster posts them, in the order of their delivery for each
//     channel (package slackapi).
//  6. journal.Decided keeps the answer on disk, before anybody hears of it.
//  7. Delivery.Settle sends the answer to the platform, then acknowledges.
//  8. journal.Settled closes the entry; one line goes to the log.
//
// [Processor.handle] holds these steps, and only values travel through them:
// Delivery, Call, Messages, Posted, reply. No stage calls back, and nothing
// rides in a context but its end.
//
// # What is promised
//
// A call is answered, then acknowledged, so a call whose acknowledgement was
// lost comes again and is answered from the journal. A call that was begun by a
// process that died may have reached Slack: Slack is asked for the message with
// this delivery id before anything is posted. Where Slack cannot tell, the
// setting OnUnknown decides, and the platform's status says so.
//
// Where other instances work on the same queue, a call whose connection is lost
// is theirs from that moment: the work on it ends here. Alone, the work goes on,
// and the call comes back.
//
// An answer over which the broker ends the connection again and again becomes a
// short error and is given up at last (settle.go), so that one call cannot keep
// all others from being answered.
//
// Every call is answered and every failure has a kind, which says who can fix it
// (package kind). Only when the journal cannot be written does the processor stop without an
// answer: the broker keeps the call, and nothing is posted any more whose turn
// has not come (lanes.go), so that no call overtakes it.
//
// What it leaves to the caller: making its parts, running the broker's consumer
// and the engine beside it, and starting again after the journal failed.
package processor
