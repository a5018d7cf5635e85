// Package customize deploys to the platform what the functions of the service need
// there: message destination, functions, data table, incident property, and workflows
// with their rules. It offers to mend the playbooks that the original package brought.
//
// It promises that nothing is added without a yes, that nothing which is there is
// changed without one for it, and that a second deployment changes nothing.
//
// What there is to deploy, how it is fitted to what a platform has and compared with
// it, and how the platform imports it is in package resilient. Here it is decided,
// asked and told.
package customize
