package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"os"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/editor"
)

//go:embed web/message.html
var messagePage string

//go:embed web/single.css
var singleStyle string

// writeHTML writes a page with the message. Its policy lets it load nothing and
// run nothing: all it may use is its own style sheet.
func (p *program) writeHTML(name string, desk *desk, s editor.Shot) error {
	page, err := template.New("message").Parse(messagePage)
	if err != nil {
		return err
	}
	style := preview.CSS() + singleStyle
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Title":  s.Sample.Name + " · " + s.Rendered.Script,
		"Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		"Style":  template.CSS(style), // both are parts of the program
		"Posts":  desk.Posts(s),
		"Skip":   s.Unposted(),
		"Facts":  factsLine(s.Facts()),
		"Notes":  s.Rendered.Notes,
	})
	if err != nil {
		return err
	}
	if name == "-" {
		_, err = p.stdout.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s: written; open it in a browser\n", preview.PrintableLine(name))
	return err
}
