package richtext

// tagKind says what the walk does with an element.
type tagKind uint8

const (
	tagUnknown tagKind = iota
	tagInline          // shown as it is, perhaps with a style
	tagBlock           // begins and ends a line
	tagPara            // a block with a blank line before and after
	tagHidden          // not shown, with everything in it
	tagVoid            // has no content
	tagList
	tagItem
	tagQuote
	tagPre
	tagTable
	tagRow
	tagCell
)

type tag struct {
	kind  tagKind
	style style
}

// tags are the elements of HTML, with those that only old mail programs write.
// Everything else in angle brackets was typed by a person and is text.
var tags = map[string]tag{
	"b": {tagInline, bold}, "strong": {tagInline, bold},
	"i": {tagInline, italic}, "em": {tagInline, italic}, "cite": {tagInline, italic}, "var": {tagInline, italic}, "dfn": {tagInline, italic},
	"u": {tagInline, underline}, "ins": {tagInline, underline},
	"s": {tagInline, strike}, "strike": {tagInline, strike}, "del": {tagInline, strike},
	"code": {tagInline, code}, "kbd": {tagInline, code}, "tt": {tagInline, code}, "samp": {tagInline, code},

	"a": {kind: tagInline}, "abbr": {kind: tagInline}, "acronym": {kind: tagInline}, "bdi": {kind: tagInline}, "bdo": {kind: tagInline},
	"big": {kind: tagInline}, "blink": {kind: tagInline}, "button": {kind: tagInline}, "data": {kind: tagInline}, "font": {kind: tagInline}, "head": {kind: tagInline},
	"label": {kind: tagInline}, "map": {kind: tagInline}, "mark": {kind: tagInline}, "marquee": {kind: tagInline}, "meter": {kind: tagInline},
	"nobr": {kind: tagInline}, "noscript": {kind: tagInline}, "output": {kind: tagInline}, "picture": {kind: tagInline}, "progress": {kind: tagInline},
	"q": {kind: tagInline}, "rb": {kind: tagInline}, "rp": {kind: tagInline}, "rt": {kind: tagInline}, "ruby": {kind: tagInline},
	"select": {kind: tagInline}, "slot": {kind: tagInline}, "small": {kind: tagInline}, "span": {kind: tagInline}, "sub": {kind: tagInline},
	"sup": {kind: tagInline}, "textarea": {kind: tagInline}, "time": {kind: tagInline}, "optgroup": {kind: tagInline},
	"svg": {kind: tagInline}, "math": {kind: tagInline},
	"video": {kind: tagInline}, "audio": {kind: tagInline}, "canvas": {kind: tagInline}, "object": {kind: tagInline},

	"address": {kind: tagBlock}, "article": {kind: tagBlock}, "aside": {kind: tagBlock}, "body": {kind: tagBlock}, "center": {kind: tagBlock},
	"dd": {kind: tagBlock}, "details": {kind: tagBlock}, "dialog": {kind: tagBlock}, "div": {kind: tagBlock}, "dl": {kind: tagBlock},
	"dt": {kind: tagBlock}, "fieldset": {kind: tagBlock}, "figcaption": {kind: tagBlock}, "figure": {kind: tagBlock}, "footer": {kind: tagBlock},
	"form": {kind: tagBlock}, "header": {kind: tagBlock}, "hgroup": {kind: tagBlock}, "html": {kind: tagBlock}, "legend": {kind: tagBlock},
	"main": {kind: tagBlock}, "nav": {kind: tagBlock}, "option": {kind: tagBlock}, "search": {kind: tagBlock}, "section": {kind: tagBlock},
	"summary": {kind: tagBlock}, "caption": {kind: tagBlock}, "frameset": {kind: tagBlock},

	"p":  {kind: tagPara},
	"h1": {tagPara, bold}, "h2": {tagPara, bold}, "h3": {tagPara, bold}, "h4": {tagPara, bold}, "h5": {tagPara, bold}, "h6": {tagPara, bold},

	"applet": {kind: tagHidden}, "datalist": {kind: tagHidden}, "iframe": {kind: tagHidden}, "noembed": {kind: tagHidden}, "noframes": {kind: tagHidden},
	"script": {kind: tagHidden}, "style": {kind: tagHidden}, "template": {kind: tagHidden}, "title": {kind: tagHidden}, "xml": {kind: tagHidden},

	"area": {kind: tagVoid}, "base": {kind: tagVoid}, "basefont": {kind: tagVoid}, "bgsound": {kind: tagVoid}, "br": {kind: tagVoid},
	"col": {kind: tagVoid}, "embed": {kind: tagVoid}, "frame": {kind: tagVoid}, "hr": {kind: tagVoid}, "image": {kind: tagVoid}, "img": {kind: tagVoid},
	"input": {kind: tagVoid}, "keygen": {kind: tagVoid}, "link": {kind: tagVoid}, "meta": {kind: tagVoid}, "param": {kind: tagVoid},
	"source": {kind: tagVoid}, "track": {kind: tagVoid}, "wbr": {kind: tagVoid},

	"ul": {kind: tagList}, "ol": {kind: tagList}, "menu": {kind: tagList}, "dir": {kind: tagList},
	"li":         {kind: tagItem},
	"blockquote": {kind: tagQuote},
	"pre":        {kind: tagPre}, "listing": {kind: tagPre}, "xmp": {kind: tagPre}, "plaintext": {kind: tagPre},
	"table": {kind: tagTable}, "tbody": {kind: tagInline}, "thead": {kind: tagInline}, "tfoot": {kind: tagInline}, "colgroup": {kind: tagInline},
	"tr": {kind: tagRow}, "td": {kind: tagCell}, "th": {kind: tagCell},
}
