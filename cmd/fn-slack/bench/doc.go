// Package bench measures the service on this machine: how many calls a second a
// burst gets through, how long a lone call takes, what memory and processor time
// it costs.
//
// The service is a process of its own with the scripts of the gallery, the broker
// the stand-in or a real one, Slack a stand-in without a rate limit. It promises
// that a figure is only printed where every call was answered once and posted
// once. The bare loop, what the broker alone can do with the same client, is
// measured beside it, so that figures of two machines can be compared.
//
// Linux only: what a process uses comes from /proc.
package bench
