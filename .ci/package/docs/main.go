// Command docs writes the man pages and completions of a command. It is built as
// that command with this file in the place of its main.go, so that neither the
// program nor its go.mod has anything of the generators. The argument is a folder
// that has the folders man, bash, zsh and fish.
package main

import (
	"errors"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

func main() {
	if err := write(rootCommand(environment{}), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// write writes man pages and completions under the names by which man and the
// shells look for them.
func write(cmd *cobra.Command, dir string) error {
	name := cmd.Name()
	err := errors.Join(
		cmd.GenBashCompletionFileV2(filepath.Join(dir, "bash", name), true),
		cmd.GenZshCompletionFile(filepath.Join(dir, "zsh", "_"+name)),
		cmd.GenFishCompletionFile(filepath.Join(dir, "fish", name+".fish"), true),
	)
	literal(cmd)
	cmd.DisableAutoGenTag = true // it has the day on which it was made
	return errors.Join(err, doc.GenManTree(cmd, &doc.GenManHeader{Source: name, Manual: "fn-slack"}, filepath.Join(dir, "man")))
}

// literal makes the texts of a command mean what they say to the generator of
// man pages, which reads Markdown and takes <name> for a tag.
func literal(cmd *cobra.Command) {
	escape := func(text *string) { *text = strings.ReplaceAll(*text, "<", `\<`) }
	escape(&cmd.Short)
	escape(&cmd.Long)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { escape(&f.Usage) })
	for _, c := range cmd.Commands() {
		literal(c)
	}
}
