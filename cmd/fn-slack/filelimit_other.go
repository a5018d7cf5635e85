//go:build !unix

package main

func outliveFileLimit() {}
