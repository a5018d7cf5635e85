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
	tagGroup // of rows
	tagRow
	tagCell
)

type tag struct {
	kind  tagKind
	style style
	flags tagFlags
}

type tagFlags uint8

const (
	word    tagFlags = 1 << iota // its name is one that people type, see markup
	page                         // there is one of it around everything
	drawing                      // the elements in it are not in tags
	unseen                       // it has no content and shows nothing
	part                         // it is part of another element, see wholes
)

// tags are the elements of HTML, with those that only old mail programs write.
var tags = map[string]tag{
	"b": {kind: tagInline, style: bold}, "strong": {kind: tagInline, style: bold},
	"i": {kind: tagInline, style: italic}, "em": {kind: tagInline, style: italic}, "cite": {tagInline, italic, word}, "var": {tagInline, italic, word}, "dfn": {tagInline, italic, word},
	"u": {kind: tagInline, style: underline}, "ins": {tagInline, underline, word},
	"s": {kind: tagInline, style: strike}, "strike": {kind: tagInline, style: strike}, "del": {tagInline, strike, word},
	"code": {kind: tagInline, style: code}, "kbd": {tagInline, code, word}, "tt": {kind: tagInline, style: code}, "samp": {tagInline, code, word},

	"a": {kind: tagInline}, "abbr": {tagInline, 0, word}, "acronym": {tagInline, 0, word}, "bdi": {tagInline, 0, word}, "bdo": {tagInline, 0, word},
	"big": {kind: tagInline}, "blink": {tagInline, 0, word}, "button": {tagInline, 0, word}, "data": {tagInline, 0, word}, "font": {kind: tagInline}, "head": {tagInline, 0, word | page},
	"label": {tagInline, 0, word}, "map": {tagInline, 0, word}, "mark": {tagInline, 0, word}, "marquee": {tagInline, 0, word}, "meter": {tagInline, 0, word},
	"nobr": {kind: tagInline}, "noscript": {tagInline, 0, word}, "output": {tagInline, 0, word}, "picture": {tagInline, 0, word}, "progress": {tagInline, 0, word},
	"q": {tagInline, 0, word}, "rb": {kind: tagInline}, "rp": {kind: tagInline}, "rt": {kind: tagInline}, "ruby": {tagInline, 0, word},
	"select": {tagInline, 0, word}, "slot": {tagInline, 0, word}, "small": {tagInline, 0, word}, "span": {kind: tagInline}, "sub": {kind: tagInline},
	"sup": {kind: tagInline}, "textarea": {tagInline, 0, word}, "time": {tagInline, 0, word}, "optgroup": {tagInline, 0, word | part},
	"svg": {tagInline, 0, word | drawing}, "math": {tagInline, 0, word | drawing},
	"video": {tagInline, 0, word}, "audio": {tagInline, 0, word}, "canvas": {tagInline, 0, word}, "object": {tagInline, 0, word},

	"address": {tagBlock, 0, word}, "article": {tagBlock, 0, word}, "aside": {tagBlock, 0, word}, "body": {tagBlock, 0, word | page}, "center": {kind: tagBlock},
	"dd": {kind: tagBlock}, "details": {tagBlock, 0, word}, "dialog": {tagBlock, 0, word}, "div": {kind: tagBlock}, "dl": {kind: tagBlock},
	"dt": {kind: tagBlock}, "fieldset": {tagBlock, 0, word}, "figcaption": {tagBlock, 0, word | part}, "figure": {tagBlock, 0, word}, "footer": {tagBlock, 0, word},
	"form": {tagBlock, 0, word}, "header": {tagBlock, 0, word}, "hgroup": {tagBlock, 0, word}, "html": {tagBlock, 0, word | page}, "legend": {tagBlock, 0, word | part},
	"main": {tagBlock, 0, word}, "nav": {tagBlock, 0, word}, "option": {tagBlock, 0, word | part}, "search": {tagBlock, 0, word}, "section": {tagBlock, 0, word},
	"summary": {tagBlock, 0, word | part}, "caption": {tagBlock, 0, word | part}, "frameset": {tagBlock, 0, word},

	"p":  {kind: tagPara},
	"h1": {kind: tagPara, style: bold}, "h2": {kind: tagPara, style: bold}, "h3": {kind: tagPara, style: bold}, "h4": {kind: tagPara, style: bold}, "h5": {kind: tagPara, style: bold}, "h6": {kind: tagPara, style: bold},

	"applet": {tagHidden, 0, word}, "datalist": {tagHidden, 0, word}, "iframe": {tagHidden, 0, word}, "noembed": {tagHidden, 0, word}, "noframes": {tagHidden, 0, word},
	"script": {tagHidden, 0, word}, "style": {tagHidden, 0, word}, "template": {tagHidden, 0, word}, "title": {tagHidden, 0, word}, "xml": {tagHidden, 0, word},

	"area": {tagVoid, 0, word | unseen | part}, "base": {tagVoid, 0, word | unseen}, "basefont": {tagVoid, 0, word | unseen}, "bgsound": {tagVoid, 0, word | unseen}, "br": {kind: tagVoid},
	"col": {kind: tagVoid, flags: part}, "embed": {tagVoid, 0, word | unseen}, "frame": {tagVoid, 0, word | unseen}, "hr": {kind: tagVoid}, "image": {tagVoid, 0, word}, "img": {tagVoid, 0, word},
	"input": {tagVoid, 0, word | unseen}, "keygen": {tagVoid, 0, word | unseen}, "link": {tagVoid, 0, word | unseen}, "meta": {tagVoid, 0, word | unseen}, "param": {tagVoid, 0, word | unseen | part},
	"source": {tagVoid, 0, word | unseen | part}, "track": {tagVoid, 0, word | unseen | part}, "wbr": {kind: tagVoid},

	"ul": {kind: tagList}, "ol": {kind: tagList}, "menu": {tagList, 0, word}, "dir": {tagList, 0, word},
	"li":         {kind: tagItem},
	"blockquote": {kind: tagQuote},
	"pre":        {kind: tagPre}, "listing": {tagPre, 0, word}, "xmp": {tagPre, 0, word},
	"table": {kind: tagTable}, "tbody": {kind: tagGroup, flags: part}, "thead": {kind: tagGroup, flags: part}, "tfoot": {kind: tagGroup, flags: part}, "colgroup": {kind: tagVoid, flags: part},
	"tr": {kind: tagRow, flags: part}, "td": {kind: tagCell, flags: part}, "th": {kind: tagCell, flags: part},
}

// wholes are the elements that those are part of whose names people type.
var wholes = map[string][]string{
	"area": {"map"}, "caption": {"table"}, "figcaption": {"figure"}, "legend": {"fieldset"}, "optgroup": {"select"},
	"option": {"select"}, "param": {"object"}, "source": {"audio", "picture", "video"}, "summary": {"details"}, "track": {"audio", "video"},
}
