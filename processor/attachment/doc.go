// Package attachment is the function slack_post_attachment: one call, one file of an
// incident, a task or an artifact in Slack.
//
// [Function.Run] is its way: the platform describes the file, the call enters its
// channel (package channel), the bytes go from the platform to Slack as they come and
// are never whole in memory, the file is shared, and its row gets the link. Upload and
// share are steps. A malware sample stays where it is, unless the settings say
// otherwise: in its place goes a message with its name, size and hashes.
//
// It promises one share for a call that is begun again. Slack keeps no id of ours with
// a file, so this decides: where the journal has the file's id, whether Slack has that
// file, which it does not before it is shared; where the journal has none, but another
// instance may have begun the call, whether the app has uploaded a file of that title
// (incident, kind and name) and size since, that is in the channel or in none yet. Two
// calls for the same file in one channel, both begun again there, may so leave one.
// Where Slack has a file and does not show it, nobody can tell, and on_unknown decides.
//
// What it leaves to others: the comment's layout (package render), tries and requests
// (slackapi, resilient), the order of calls (processor). Start at function.go.
package attachment
