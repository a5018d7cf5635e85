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

// what says what a span is beside text.
type what uint8

const (
	plain     what = iota
	link           // href is set, or it is a link that the preview does not follow
	mention        // of a person, a group or a channel
	broadcast      // @here, @channel, @everyone: many people get a notification
	date
	emoji
	swatch // a colour value
)

// span is a piece of a line: text as it is shown, entities decoded. A newline
// in it is a line break.
type span struct {
	what  what
	text  string
	style style
	href  string // checked
	title string // more about it: the target of a link, the name of an emoji
	color string // "#rrggbb" of a bar in the terminal
}

// kind says what an element is.
type kind uint8

const (
	text       kind = iota // spans
	heading                // spans; n is the level
	pre                    // spans, white space kept
	quote                  // kids
	list                   // kids, one per item; n is the indent, start the first number, "" for bullets
	divider                //
	group                  // kids, one below the other
	fields                 // kids in two columns
	row                    // kids side by side: context, actions
	beside                 // kids[0] with kids[1] at its right: a section's accessory
	button                 // spans; tone is primary or danger
	control                // spans: a select, a date picker, an input
	choices                // kids: checkboxes and radio buttons, label the mark
	image                  // label is the alternative text, spans the title
	table                  // rows of cells
	attachment             // kids behind a bar of a colour
	box                    // kids under a label: what has no form of its own
)

// element is a node of the tree that both writers read.
type element struct {
	kind  kind
	spans []span
	kids  []element
	rows  [][]element
	right []bool // columns of a table that are aligned to the right
	label string
	href  string // checked
	tone  string
	color string // "#rrggbb", checked
	start string // "1", "a" or "i" for a numbered list
	from  int    // numbers before the first
	n     int
}

func textOf(spans ...span) element { return element{kind: text, spans: spans} }

func words(s string, st style) []span { return []span{{text: s, style: st}} }
