// Package strftime formats dates as the platform's administrators know it from
// Python: with all directives of Python's documentation and those that its
// scripts have from the C library.
//
// It promises that a format which Check accepts shows no directive as it stands.
// Names are in English. It leaves to the caller in which zone a date is shown.
package strftime
