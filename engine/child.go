package engine

import (
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/engine/worker"
)

// WorkerArg is os.Args[1] of a worker process; a program that uses the engine
// must call WorkerMain when it finds it there, before anything else.
const WorkerArg = "render-worker"

// What the engine shares with its workers, under its own name, so that its
// callers need no other.
type (
	Predeclared = worker.Predeclared // the names that every script finds
	Shape       = worker.Shape
	Limits      = wire.Limits
	Kind        = wire.Kind
	Line        = wire.Line // of a script's console
)

// The kinds that callers tell apart or make themselves.
const (
	KindThrow  = wire.KindThrow
	KindOutput = wire.KindOutput
	KindCheck  = wire.KindCheck
)

// WorkerMain is the whole life of a worker process, and returns its exit status.
func WorkerMain(p Predeclared) int { return worker.Main(p) }
