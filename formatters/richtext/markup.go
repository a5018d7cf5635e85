package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// scanner takes HTML apart into texts and tags. It decides what of the source is
// markup, in one pass and in linear time.
type scanner struct {
	src  string
	pos  int
	text bool // text has come

	ends    map[string]*endTags // by name in small letters; nil until somebody asks
	open    map[string]int      // how many elements of tags that are words wait for their end tags; below 0: of typed ones
	tables  int                 // how many tables are open
	foreign int                 // up to here the source is inside of an element that HTML does not know
	drawing int                 // up to here it is inside of a picture, whose elements are not in tags
	missing [len(spans)]bool    // those of which no end comes any more
}

// endTags are the end tags of one name.
type endTags struct {
	left int // that no element has been given
	last int // where the last one stands
}

// token is a tag with the text before it.
type token struct {
	before string // may hold entities
	kind   tokenKind
	name   string // in small letters
	tag    tag
	attrs  string // the source of the attributes
}

type tokenKind uint8

const (
	sourceEnd tokenKind = iota
	startTag
	endTag
	nothing // markup of which nothing is shown
	typed   // no markup; next does not return it
)

// lookup finds the element of a name in any case, and its name in small letters.
func lookup(name string) (lower string, t tag) {
	var b [16]byte
	if len(name) > len(b) {
		return "", tag{}
	}
	for i := range len(name) {
		b[i] = name[i]
		if c := name[i]; c >= 'A' && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	if t = tags[string(b[:len(name)])]; string(b[:len(name)]) == name {
		return name, t
	}
	return string(b[:len(name)]), t
}

// next returns the next piece of markup.
func (s *scanner) next() token {
	from := s.pos
	for {
		i := strings.IndexByte(s.src[s.pos:], '<')
		if i < 0 {
			s.pos = len(s.src)
			return token{before: s.src[from:]}
		}
		at := s.pos + i
		s.text = s.text || strings.TrimSpace(s.src[s.pos:at]) != ""
		t, size := s.markup(at)
		s.pos = at + size
		if t.kind != typed {
			t.before = s.src[from:at]
			return t
		}
		s.text = true
	}
}

// markup is the rule by which a "<" of the source begins markup, which is not
// shown, or was typed, and is. Markup is what the platform's editor and mail
// programs write:
//
//   - A tag of HTML without a mistake: the name of an element, attributes, ">". An
//     attribute has a value, or is one of the few that HTML has without. So
//     "a<b && c>d", "<a and nothing else" and "<style'" are no tags.
//   - Formatting (<b>, <p>, <td>) is markup everywhere, but for a tag that has no end
//     tag to come, although HTML asks for one, and is a word of a sentence ("use <b>
//     for names") or of code (List<B> b). Elements whose names are
//     words that people type (<title>, <script>, <button>) are only with their end
//     tags, those that have none (<input>) only with attributes, and what of them
//     shows nothing (<meta>) only where it is no word of a sentence; <body> where
//     it begins the source and no sentence ("<body> of the mail"). What is part of
//     another element (<summary>, <param>, <td>) is markup in such a one. None of these is
//     in mixed case (<Data>) or inside of an element that HTML does not know
//     (<event><data>): that is XML, pasted. Nor has one a handler (<img src=x
//     onerror=…>): mail programs take them out, and people write down attacks.
//   - An element that shows nothing (<script>, <style>, <title>) is markup with all
//     that is in it, up to its end tag, unless another one of its name begins
//     before that, or the two are what a sentence is about: "put it between
//     <script> and </script>", or it is a value: write("<script>…</script>"), q=<script>….
//     A title is prose too, but stands not amid words.
//   - So are comments, conditional ones too, a doctype of HTML that is no word of a
//     sentence, and the elements of office programs, such as <o:p>.
//
// What this loses is a whole <script>…</script> with code that stands in the source
// without escapes: nothing tells it from those of mails, whose hidden texts must not
// be shown. The editor escapes what is typed into it, so that it is shown.
//
// All else was typed, and <?php … ?>, <% … %> and CDATA with all that is in them.
// size is that of the markup, or how much is typed for sure.
func (s *scanner) markup(at int) (t token, size int) {
	rest := s.src[at:]
	if len(rest) > 1 && strings.IndexByte("!?%", rest[1]) >= 0 {
		return s.span(at, rest)
	}
	from := 1
	if strings.HasPrefix(rest, "</") {
		from = 2
	}
	n := from
	for n < len(rest) && (mrkdwn.IsAlnum(rest[n]) || n > from && strings.IndexByte("-_.:", rest[n]) >= 0) {
		n++
	}
	end := attributesEnd(rest, n)
	if n == from || rest[from] <= '9' || end == 0 {
		return token{kind: typed}, 1
	}
	name, size := rest[from:n], end+1
	t = token{kind: typed, attrs: rest[n:end]}
	t.name, t.tag = lookup(name)
	switch {
	case t.tag.kind == tagHidden && t.name == "xml" && !hasOffice(rest[size:]), t.tag.kind == tagUnknown:
		if !s.unknown(at, name, from == 2, strings.HasSuffix(t.attrs, "/")) {
			t.kind = nothing
		}
	case t.tag.flags&word != 0 && (at < s.foreign || mixedCase(name)):
	case from == 2:
		if strings.TrimSpace(t.attrs) == "" && s.finishes(t) {
			t.kind = endTag
		}
	case t.tag.kind == tagHidden:
		if n := hiddenEnd(rest, size, t.name); n > 0 && !t.spokenOf(s.src[:at], rest[size:n], rest[n:]) {
			return token{kind: nothing}, n
		}
	case s.begins(at, t, rest[size:]):
		t.kind = startTag
	}
	return t, size
}

// begins decides about a start tag that is written well.
func (s *scanner) begins(at int, t token, after string) bool {
	if t.tag.flags&part != 0 && s.alone(t) {
		if t.tag.flags&word == 0 {
			s.count(t.name, -1)
		}
		return false
	}
	if t.tag.flags&word == 0 {
		if t.mustEnd() && isSaid(s.src[:at], after, t.tag.kind == tagInline) && !s.endsLater(at, t.name) {
			return false
		}
		if t.tag.kind == tagTable || t.tag.flags&part != 0 && s.tables == 0 {
			s.tables++
		}
		return true
	}
	if hasHandler(t.attrs) {
		return false
	}
	if t.tag.kind == tagVoid {
		said := isSaid(s.src[:at], after, false) || t.name != "input" && leadsWords(after)
		if strings.Trim(t.attrs, " \t\r\n\f/") == "" || t.tag.flags&unseen != 0 && said && !attributesOf(t.attrs).input {
			return false
		}
	} else if e := s.endTags(t.name); e != nil && e.left > 0 && e.last > at {
		e.left--
		if t.tag.flags&drawing != 0 {
			s.drawing = max(s.drawing, e.last)
		}
	} else if t.tag.flags&page == 0 || s.text || leadsWords(after) {
		return false
	}
	s.count(t.name, 1)
	return true
}

// count has n more elements wait for their end tags.
func (s *scanner) count(name string, n int) {
	if s.open == nil {
		s.open = make(map[string]int)
	}
	s.open[name] += n
}

// finishes decides about an end tag that is written well.
func (s *scanner) finishes(t token) bool {
	switch {
	case t.tag.flags&part != 0 && s.tables == 0 && s.open[t.name] < 0:
		s.open[t.name]++
		return false
	case t.tag.kind == tagTable:
		s.tables = max(s.tables-1, 0)
		return true
	case t.tag.flags&word == 0 || t.tag.flags&page != 0:
		return true
	case s.open[t.name] > 0:
		s.open[t.name]--
		return true
	}
	s.endTags(t.name).left--
	return false
}

// alone reports whether a part of an element stands in no such element: a <summary>
// of code, a <td> of a pattern. Cells and rows with attributes are of a mail that was
// cut.
func (s *scanner) alone(t token) bool {
	if t.tag.flags&word == 0 {
		return s.tables == 0 && t.attrs == ""
	}
	for _, whole := range wholes[t.name] {
		if s.open[whole] > 0 || whole == "table" && s.tables > 0 {
			return false
		}
	}
	return true
}

// endsLater reports whether an end tag of a name stands behind a place.
func (s *scanner) endsLater(at int, name string) bool {
	e := s.endTags(name)
	return e != nil && e.last > at
}

// unknown reports whether the tag of an element that HTML does not know was typed.
func (s *scanner) unknown(at int, name string, closing, empty bool) (typed bool) {
	if at < s.drawing || at >= s.foreign && isOffice(name) {
		return false
	}
	if !closing && !empty {
		if e := s.endTags(strings.ToLower(name)); e != nil {
			s.foreign = max(s.foreign, e.last)
		}
	}
	return true
}

// endTags returns the end tags of a name that are to be found anywhere in the
// source, nil if there are none.
func (s *scanner) endTags(name string) *endTags {
	if s.ends == nil {
		s.ends = make(map[string]*endTags)
		for i := s.pos; ; {
			n := strings.Index(s.src[i:], "</")
			if n < 0 {
				break
			}
			i += n + 2
			end := i
			for end < len(s.src) && strings.IndexByte(" \t\r\n\f/><", s.src[end]) < 0 {
				end++
			}
			name := strings.ToLower(s.src[i:end])
			e := s.ends[name]
			if e == nil {
				e = new(endTags)
				s.ends[name] = e
			}
			e.left++
			e.last = i
		}
	}
	return s.ends[name]
}

// mixedCase reports whether a name has letters of both cases, as editors and mail
// programs write none.
func mixedCase(name string) bool {
	return name != strings.ToLower(name) && name != strings.ToUpper(name)
}

// isOffice reports whether the name is of an element that office programs put
// into HTML: o:p, v:shape, st1:place.
func isOffice(name string) bool {
	prefix, _, ok := strings.Cut(name, ":")
	switch prefix = strings.ToLower(prefix); {
	case !ok || prefix == "":
		return false
	case len(prefix) == 1:
		return strings.Contains("ovwxmp", prefix)
	}
	digits := strings.TrimPrefix(prefix, "st")
	if digits == prefix {
		digits = prefix[1:]
	}
	return strings.IndexByte("us", prefix[0]) >= 0 && strings.Trim(digits, "0123456789") == ""
}

// hasOffice reports whether a text begins with such an element.
func hasOffice(rest string) bool {
	rest = strings.TrimLeft(rest[:min(len(rest), 1<<10)], " \t\r\n")
	if strings.HasPrefix(rest, "<!--") {
		rest = strings.TrimLeft(rest[commentEnd(rest):], " \t\r\n")
	}
	rest, ok := strings.CutPrefix(rest, "<")
	end := strings.IndexAny(rest, " \t\r\n/>")
	return ok && end > 0 && isOffice(rest[:end])
}
