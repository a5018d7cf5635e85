// Package bundle makes one program of the files of a scripts folder, and leads
// positions in it back to the files as they were written.
//
// It promises that nothing but the files of the request gets into a program:
// esbuild, which does the work, never asks the file system (see [Make]). What is
// wrong with a file is a *wire.Error with its place.
//
// It leaves to others reading the folder (package engine) and running what it
// made (package worker). It is called in a worker, because scripts can keep a
// bundler busy, too; the service uses [Program.Locate] alone.
package bundle
