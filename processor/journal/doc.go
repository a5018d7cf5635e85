// Package journal remembers in a file what became of every call, so that a call
// which the broker delivers again is answered again and not carried out again.
//
// An [Entry] goes through three states: Begun when it is taken, Decided when the
// answer is known and before it is sent, Settled when the broker has the answer and
// before the call is acknowledged. While it is Begun it is Asked before anything is
// done for it, and keeps the results of steps. All is with the kernel when the call
// of the journal returns, so a process that is killed loses nothing; Decided alone
// waits for the disk. A settled entry keeps no answer: it only tells that a call that
// comes again needs nothing but its acknowledgement.
//
// The file is a list of changes (record.go) that is only appended to, and is
// replaced by a short one when it has grown (compact.go); what it says is in memory
// (index.go). What the journal cannot know is left to the caller: an entry that was
// Asked before the process died says that the message may have been posted, and only
// Slack can tell. Where entries may be missing, Lost says so.
package journal
