// Package customize deploys to the platform what the function slack_post_message
// needs there: the message destination, the function, the incident property, and
// the two workflows with their rules.
//
// It promises that nothing is added without a yes, that nothing which is there is
// changed without one for it, and that a second deployment changes nothing.
//
// What there is to deploy, how it is compared, and how the platform imports it is
// in package resilient. Here it is decided, asked and told.
package customize
