// Package journal remembers on disk what became of every call, so that a call
// which the broker delivers again is answered again and not carried out again.
//
// An [Entry] goes through three states: Begun before anything is posted,
// Decided when the answer is known and before it is sent, Settled when the
// broker has confirmed the answer and the acknowledgement. A call of several steps
// keeps their results while it is Begun. Begin, Step and Decided return after the
// change is on disk, Settled before; changes that arrive together share one sync. A settled entry keeps no answer: it only tells that a call that
// comes again needs nothing but its acknowledgement. Open gives back the room
// that a flood has left in the file.
//
// What the journal cannot know is left to the caller: an entry that was Begun
// before the process died says that the message may have been posted, and only
// Slack can tell.
package journal
