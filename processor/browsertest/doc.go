// Package browsertest is a page in headless Chromium, for tests that want to see
// what a reader sees. A test without Chromium on its machine is skipped, and so is
// one with -short.
//
// It promises that the browser ends with the test. FN_SLACK_TEST_SHOTS names a
// folder for pictures.
package browsertest
