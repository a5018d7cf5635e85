// Package demo is the whole on one machine: the service between a stand-in
// platform and a stand-in Slack workspace with a web page. It plays the workflows: a
// message and a reply, the room of an incident from its making to its archive
// (room.go), and a card that follows its incident (change.go). Its page sends more
// objects in every layout, changes incidents, shows each script as it is, and has an
// editor for them.
//
// It promises that nothing leaves the machine and that nothing is left behind:
// everything is on loopback and in a temporary folder, but for the layouts that
// somebody edits in the program's source tree, and Run returns when the service
// and both stand-ins have ended.
//
// What is posted by the service is posted as in production: it reads an
// app.config, its workflows are those that fn-slack customize deploys, with two fields
// added as the guide for administrators says, and its scripts are those of the working
// folder, where there are any.
package demo
