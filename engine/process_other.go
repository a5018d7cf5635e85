//go:build !unix

package engine

import "os"

func standardInput() *os.File { return os.Stdin }

func cpuUsed() int64 { return -1 }
