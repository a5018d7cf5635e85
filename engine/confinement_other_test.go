//go:build !linux

package engine

func reach(string, string) string { return "only Linux confines a worker" }
