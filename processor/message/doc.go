// Package message is the function slack_post_message: one call, one message.
//
// [Function.Run] is its way: the call is rendered (package render), enters the channel
// of its incident where its inputs are those with slack_text (room.go), waits for its
// turn in the channel, is posted (package slackapi), and becomes a result. What is
// too long for one message continues in its thread; each part is a step, so that a
// call that is begun again posts only what is not in Slack.
//
// With slack_update it shows a message that stands in Slack anew and tells its thread
// what is new (card.go). Calls that wait to do so leave it to the latest (storm.go), and
// what this process has shown itself it need not read (known.go).
//
// It promises that a wrong channel in a script loses no message: where Slack
// refuses that channel, the message goes to the call's own.
//
// What it leaves to others: the layout to render, an incident's channel to channel,
// pace and tries to slackapi, the steps and the order of the calls to processor,
// which calls it.
package message
