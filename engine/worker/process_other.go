//go:build !unix

package worker

import "os"

func standardInput() *os.File { return os.Stdin }

func cpuUsed() int64 { return -1 }
