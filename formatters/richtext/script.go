package richtext

import (
	"strings"
	"unicode/utf8"
)

// script says that text stands above or below the line.
type script uint8

const (
	above script = iota + 1
	below
)

// Letters with raised and with lowered forms in Unicode, in the same order.
const (
	raisable  = "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW®™ "
	raised    = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ®™ "
	lowerable = "0123456789+-=()aehijklmnoprstuvx "
	lowered   = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ "
)

// maxScript is how many characters are raised or lowered: an indicator in small
// letters must stay one that can be copied.
const maxScript = 8

// text is that of <sup> or <sub>: 10<sup>6</sup> is not 106.
func (up script) text(s string) string {
	from, to, sign := lowerable, []rune(lowered), "_"
	if up == above {
		from, to, sign = raisable, []rune(raised), "^"
	}
	text := strings.TrimSpace(s)
	if text == "" {
		return s
	}
	var b strings.Builder
	for _, r := range text {
		i := strings.IndexRune(from, r)
		if i < 0 || utf8.RuneCountInString(text) > maxScript {
			return strings.Replace(s, text, sign+text, 1)
		}
		b.WriteRune(to[utf8.RuneCountInString(from[:i])])
	}
	return strings.Replace(s, text, b.String(), 1)
}
