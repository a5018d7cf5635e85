package main

import "github.com/spf13/cobra"

// What main.go asks for, in the words of a program that is one command. It goes
// beside fmt-test's files.

type environment struct{}

func rootCommand(environment) *cobra.Command { return (&program{}).command() }
