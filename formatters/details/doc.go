// Package details reads slack_details, and slack_text of later versions: labels,
// types and data, in the order in which a workflow wrote them.
//
// Workflows put the text together in scripts, and fill it with words of
// incidents, which attackers write. The package promises that data stays data:
// where a workflow writes a backslash before every quote of its data, nothing
// in the data becomes a label, a type or an end, however the rest is escaped
// (text.go says why). What is JSON means what JSON says; what is not is
// repaired only where that cannot move a label, and every repair is told. What
// cannot be read for sure is an *Error with the place, which keeps the text.
//
// It leaves to package formatters what data means and how it is shown. Start
// reading at Read.
package details
