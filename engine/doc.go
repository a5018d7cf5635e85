// Package engine runs a folder of JavaScript and TypeScript files that other
// people edit while the service runs, so that none of them can hurt it.
//
// It promises:
//
//   - Isolation. A script is bundled, compiled and run in a render worker, a
//     child process of the same binary with hard limits on time, call depth,
//     memory, source and output, which cannot open anything (package worker).
//     A worker that dies or hangs is replaced.
//   - A clean start. Every call of a script gets a fresh runtime, and the same
//     Request gives the same bytes: the clock stands at Request.Time, random
//     numbers come from Request.Seed.
//   - A save is live in well under a second. A new version must compile, its
//     top level must run and Config.Check must accept it; otherwise the last
//     good version stays, also over a restart.
//   - Errors that people can act on: every failure of a script is a
//     *ScriptError that leads back to the file as it was written.
//
// What a script means is left to the caller: the engine is handed JSON and the
// predeclared names (Predeclared), and gives back JSON. What holds where the
// operating system cannot enforce a limit is said in package worker.
//
// Start reading at engine.go for a render, loader.go for a save.
package engine
