package mrkdwn

import (
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// deceives reports whether the label of a link reads as the address of another
// host, or of another mailbox, than the one that the link goes to: anywhere in
// it, and also in letters that only look like those of an address. "bank.com" for
// https://evil.example does, "Report of bank" does not.
func deceives(label, url string) bool { return DeceivesAmid("", label, "", url) }

// DeceivesAmid is the same for a label with what stands to both sides of it,
// which a reader takes for one word with it. Of that only addresses count that
// reach into the label.
func DeceivesAmid(before, label, after, url string) bool {
	if before+after != "" && deceives(label, url) {
		return true
	}
	before, label, after = Fold(before), Fold(label), Fold(after)
	url = strings.ToLower(strings.TrimSpace(url))
	if strings.TrimSpace(label) == url {
		return false
	}
	target, mailbox := authority(url), ""
	if address, ok := strings.CutPrefix(url, "mailto:"); ok {
		mailbox, _, _ = strings.Cut(address, "?")
		_, target, _ = strings.Cut(mailbox, "@")
	}
	if strings.Contains(label, "://") && authority(label) != target {
		return true
	}
	if goesOn(before) && strings.Contains(before, "://") && authority(before) != target {
		return true
	}
	text, from, to := before+label+after, len(before), len(before)+len(label)
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && hostByte(text[end]) {
			end++
		}
		if i < to && (end > from || goesOn(text[end:from])) {
			for host := range hostsRead(text[i:end]) {
				if strings.TrimPrefix(host, "www.") != strings.TrimPrefix(target, "www.") {
					return true
				}
			}
		}
		if mailbox != "" && end < len(text) && text[end] == '@' && end >= from && end < to && !strings.HasPrefix(text[end+1:], "@") {
			rest := text[end+1:]
			n := 0
			for n < len(rest) && hostByte(rest[n]) {
				n++
			}
			if text[i:end]+"@"+strings.TrimRight(rest[:n], ".") != mailbox {
				return true
			}
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		i = end + max(size, 1)
	}
	return false
}

// goesOn reports whether what stands between a host and a label makes the label a
// part of the host's address, as in bank.com/login/, and so does an address that
// ends before the label.
func goesOn(s string) bool {
	if s == "" {
		return false
	}
	last := s[len(s)-1]
	return strings.ContainsAny(s, "/?#") && (hostByte(last) && last != '.' || strings.IndexByte("/?#=&%@~", last) >= 0)
}

// hostsRead are the hosts that a reader sees in a run of the characters that hosts
// are made of: all of it, or else what is one between the others. In www..bank.com,
// bank.com-login and bank.com1 it is bank.com.
func hostsRead(run string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for start, end := range hosts(run) {
			if !yield(run[start:end]) {
				return
			}
		}
		if cut := strings.TrimRight(run, "0123456789"); cut != run && !strings.HasSuffix(cut, ".") {
			for start, end := range hosts(cut) {
				if !yield(cut[start:end]) {
					return
				}
			}
		}
	}
}

// hosts are the places of the hosts in a run of the characters that hosts are made
// of.
func hosts(run string) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		const edges = "._-+"
		start := len(run) - len(strings.TrimLeft(run, edges))
		end := start + len(strings.TrimRight(run[start:], edges))
		if isHost(run[start:end]) {
			yield(start, end)
			return
		}
		for start < end {
			to := start
			for to < end && strings.IndexByte("_-+", run[to]) < 0 && !strings.HasPrefix(run[to:end], "..") {
				to++
			}
			if isHost(run[start:to]) && !yield(start, to) {
				return
			}
			for start = to; start < end && strings.IndexByte(edges, run[start]) >= 0; {
				start++
			}
		}
	}
}

// authority is the host of an address with its scheme, in small letters and
// without user, port and the dot at its end.
func authority(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\ \t\n"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		rest = rest[:i]
	}
	return strings.TrimRight(rest, ".")
}

// Fold is a text in small letters, with what only looks like ASCII as ASCII: wide
// and mathematical letters, and the dots that a browser takes for one.
func Fold(s string) string {
	s = Clean(s)
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	if !ascii {
		s = dots.Replace(norm.NFKC.String(s))
	}
	return strings.ToLower(s)
}

var dots = strings.NewReplacer("\u3002", ".", "\uff61", ".", "\u2024", ".", "\ufe52", ".")

// Defang returns text in which addresses can be read but not followed:
// https://evil.example becomes hxxps://evil[.]example, 10.0.0.1 becomes
// 10[.]0[.]0[.]1, joe@evil.example becomes joe[@]evil[.]example, and ssh://host
// becomes ssh[:]//host; an address inside another one's path or query too. File
// names such as invoice.exe are left alone. The result is as safe as the text
// given.
func Defang(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	d := defanger{out: &b}
	for len(text) > 0 {
		n := 0
		for n < len(text) && hostByte(text[n]) {
			n++
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text)
			d.between(text[:n])
			text = text[n:]
			continue
		}
		word, rest := text[:n], text[n:]
		switch {
		case strings.HasPrefix(rest, "://"):
			d.scheme(word)
			text = d.authority(rest[len("://"):])
		case strings.HasPrefix(rest, "@") && len(rest) > 1 && hostByte(rest[1]):
			b.WriteString(word)
			text = d.authority(rest)
		default:
			d.word(word)
			text = rest
		}
	}
	return b.String()
}

// defanger knows where in an address the text is that comes next.
type defanger struct {
	out     *strings.Builder
	address bool   // inside of one, behind its host
	path    bool   // and behind the / that ends it
	query   bool   // behind its ? or #
	last    string // what was written last between words
}

// between writes what is no part of a word.
func (d *defanger) between(s string) {
	switch {
	case !strings.Contains(urlChars, s):
		d.address, d.path, d.query = false, false, false
	case s == "/":
		d.path = d.address
	case s == "?" || s == "#" || s == "=":
		d.query = true
	}
	if s == "/" && d.last == "/" {
		s = "//"
		d.out.WriteString("/")
	} else {
		d.out.WriteString(s)
	}
	d.last = s
}

// authority writes user, host and port, and returns what comes after them.
func (d *defanger) authority(text string) (rest string) {
	end := 0
	for end < len(text) && (hostByte(text[end]) || text[end] == '@' || text[end] == ':') {
		end++
	}
	host := strings.TrimRight(text[:end], ".:")
	d.out.WriteString(strings.ReplaceAll(strings.ReplaceAll(host, ".", "[.]"), "@", "[@]"))
	d.out.WriteString(text[len(host):end])
	d.address, d.path, d.query, d.last = true, false, false, ""
	return text[end:]
}

// word writes a word, which in the path of an address is a host only behind //.
func (d *defanger) word(word string) {
	inner := strings.Trim(word, ".") // a full stop is the sentence's
	if hasHost(word) && (!d.path || d.query || d.last == "//") {
		before, after, _ := strings.Cut(word, inner)
		word = before + strings.ReplaceAll(inner, ".", "[.]") + after
	}
	d.out.WriteString(word)
	d.last = ""
}

func hasHost(run string) bool {
	for range hosts(run) {
		return true
	}
	return false
}

func hostByte(c byte) bool {
	return IsAlnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c >= utf8.RuneSelf
}

// scheme writes a scheme with its sign in a form that nothing follows.
func (d *defanger) scheme(name string) {
	switch strings.ToLower(name) {
	case "http", "hxxp":
		name = "hxxp:"
	case "https", "hxxps":
		name = "hxxps:"
	case "ftp", "fxp":
		name = "fxp:"
	case "sftp", "sfxp":
		name = "sfxp:"
	default:
		d.word(name)
		name = "[:]"
	}
	d.out.WriteString(name + "//")
}

// isHost reports whether a word is an IPv4 address or looks like a domain. File
// endings that are no top-level domain are told apart by fileEndings.
func isHost(word string) bool {
	word = strings.TrimRight(word, ".")
	dot := strings.LastIndexByte(word, '.')
	if dot <= 0 || strings.Contains(word, "..") || word[0] == '.' || strings.Contains(word, "+") {
		return false
	}
	last := strings.ToLower(word[dot+1:])
	if strings.Trim(last, "0123456789") == "" {
		return strings.Count(word, ".") == 3 && strings.Trim(word, "0123456789.") == ""
	}
	if len(last) < 2 || strings.ContainsAny(last, "0123456789-_") && !strings.HasPrefix(last, "xn--") {
		return false
	}
	return !strings.Contains(fileEndings, " "+last+" ")
}

// NamesHost reports whether a text has the name of a host by itself, of which Slack
// makes a link that nobody wrote: evil.example, and __init__.py for the country of
// that ending, but not those of URLs and of e-mail addresses, nor numbers.
func NamesHost(text string) bool {
	for i := strings.IndexByte(text, '.'); i >= 0 && i < len(text); {
		start, end := i, i
		for start > 0 && hostByte(text[start-1]) {
			start--
		}
		for end < len(text) && hostByte(text[end]) {
			end++
		}
		word := strings.Trim(text[start:end], "._-+")
		dot := strings.LastIndexByte(word, '.')
		if dot > 0 && IsLetter(word[dot+1]) && isHost(word) &&
			!strings.HasSuffix(text[:start], "/") && !strings.HasSuffix(text[:start], "@") && !strings.HasPrefix(text[end:], "@") {
			return true
		}
		next := strings.IndexByte(text[end:], '.')
		if next < 0 {
			break
		}
		i = end + next
	}
	return false
}

const fileEndings = " bat bin cfg cmd csv dat dll doc docm docx eml exe gif gz hta htm html img ini iso jar jpeg jpg js json lnk log msg msi ocx odt pdf png ppt pptm pptx ps1 psm1 rar reg rtf scr svg sys tar tif tmp txt vbe vbs wav wsf xls xlsb xlsm xlsx xml yaml yml "
