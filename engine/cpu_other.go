//go:build !unix

package engine

func cpuUsed() int64 { return -1 }
