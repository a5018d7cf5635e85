// Package scripts holds the formatter scripts that come with the program. They
// are what a new installation starts from: `fn-slack scripts init` writes them
// to a folder, and from then on they are the team's.
//
// A script is one ES module; formatter.d.ts declares what it may export and
// what it gets. Files directly in this folder are formatters, files in folders
// below it are for import, samples/<script>/<case>.json are inputs that the
// script must be able to render, with <case>.want.json as the message expected.
//
// It promises that Write overwrites nothing. It leaves to package engine to run
// scripts, and to package sample to hold them against what is expected. Start
// reading at default.js, then incident-card.js.
package scripts
