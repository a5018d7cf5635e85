package preview

// style is a set of marks on a span.
type style uint16

const (
	bold style = 1 << iota
	italic
	strike
	code
	underline
	highlight
	muted // what Slack shows small and grey
)

// styles are the marks by the names that Slack has for them in rich text.
var styles = map[string]style{
	"bold": bold, "italic": italic, "strike": strike, "code": code, "underline": underline, "highlight": highlight,
}

// what says what a span is beside text.
type what string

const (
	plain     what = ""
	link      what = "link"      // Href is set, or it is a link that the preview does not follow
	mention   what = "mention"   // of a person, a group or a channel
	broadcast what = "broadcast" // @here, @channel, @everyone: many people get a notification
	date      what = "date"
	emoji     what = "emoji"
	swatch    what = "swatch" // a colour value
)

// span is a piece of a line: text as it is shown, entities decoded. A newline
// in it is a line break.
type span struct {
	What  what
	Text  string
	Style style
	Href  string // checked
	Title string // more about it: the target of a link, the name of an emoji
	Color string // "#rrggbb" of a bar in the terminal
}

// kind says what an element is.
type kind string

const (
	text       kind = "text"       // Spans
	heading    kind = "heading"    // Spans; N is the level
	pre        kind = "pre"        // Spans, white space kept
	quote      kind = "quote"      // Kids
	list       kind = "list"       // Kids, one per item; N is the indent, Start the first number, "" for bullets
	divider    kind = "divider"    //
	group      kind = "group"      // Kids, one below the other
	fields     kind = "fields"     // Kids in two columns
	row        kind = "row"        // Kids side by side: context, actions
	beside     kind = "beside"     // Kids[0] with Kids[1] at its right: a section's accessory
	button     kind = "button"     // Spans; Tone is primary or danger
	control    kind = "control"    // Spans: a select, a date picker, an input
	choices    kind = "choices"    // Kids: checkboxes and radio buttons, Label the mark
	image      kind = "image"      // Label is the alternative text, Spans the title
	table      kind = "table"      // Rows of cells
	attachment kind = "attachment" // Kids behind a bar of a colour
	box        kind = "box"        // Kids under a label: what has no form of its own
)

// element is a node of the tree that both writers read.
type element struct {
	Kind  kind
	Spans []span
	Kids  []element
	Rows  [][]element
	Right map[int]bool // columns of a table that are aligned to the right
	Label string
	Href  string // checked
	Tone  string
	Color string // "#rrggbb", checked
	Start string // "1", "a" or "i" for a numbered list
	From  int    // numbers before the first
	N     int
}

func textOf(spans ...span) element { return element{Kind: text, Spans: spans} }

func words(s string, st style) []span { return []span{{Text: s, Style: st}} }
