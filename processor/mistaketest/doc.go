// Package mistaketest is a table of mistakes that people make in layout scripts,
// and what they must be told of each. fmt-test, the log of the service and the
// page of the demo are held to it, each by a test of its own.
package mistaketest
