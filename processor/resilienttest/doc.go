// Package resilienttest is a stand-in for the platform, for tests and for the
// demo: its REST API as far as the service uses it, its message broker, some
// incidents, and the two workflows that call the function slack_post_message.
//
// It promises to be as loose as the platform is: without an import it has the
// workflows of the original 1.0.0, or on demand what 2.1 left, which build texts by
// pasting, so that an incident with backslashes or line breaks gives broken JSON;
// select inputs come as objects; a note only starts the reply workflow when the
// incident has a thread. It keeps the Action Status of each run, counts the final
// answers to each call, and breaks on demand.
//
// It takes an import of the app's customizations, checks that it fits together,
// and plays the workflows and menu items that are deployed: their fixed inputs, and
// their scripts, as Starlark with as much of Python beyond it as such scripts need. A
// test holds that against Python 3 and 2. Playbooks are kept and not played.
//
// A page on plain HTTP shows what the links in messages lead to, and an [Order]
// plays a workflow on an incident, a note, a task or an artifact.
//
// Everything is real TCP with TLS on loopback, under a certificate authority
// that is made at the start and written to a file. Several platforms may run
// in one process. It does not promise durability: incidents and runs are in
// memory.
package resilienttest
