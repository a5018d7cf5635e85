// Package members takes JSON apart without making values of it: the members of an
// object in their order, the elements of a list, a text. Calls, Slack's answers and the
// states of cards are read by it, of which most is only passed on.
//
// It promises to take what encoding/json takes, and to copy nothing. The Decoder of
// encoding/json, which keeps the order too, costs several times as much.
//
// What it leaves to the caller: what a value has to be, and a name that comes twice.
package members
