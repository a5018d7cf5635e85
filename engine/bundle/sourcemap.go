package bundle

import "strings"

// original finds where a place of the bundle was written. line is from 1,
// column from 0 in UTF-16 units, as source maps count; so is the answer.
// mappings are in the format of ECMA-426: lines divided by ";", segments by
// ",", numbers as base64 VLQ relative to the number before.
func original(mappings string, line, column int) (source, srcLine, srcColumn int, ok bool) {
	var src, srcL, srcC int // run on over all lines
	for n := 1; n <= line; n++ {
		text, rest, _ := strings.Cut(mappings, ";")
		mappings = rest
		col := 0
		for text != "" {
			var segment string
			segment, text, _ = strings.Cut(text, ",")
			var d [4]int
			k := 0
			for segment != "" && k < len(d) {
				v, size := vlq(segment)
				if size == 0 {
					return 0, 0, 0, false
				}
				d[k], segment = v, segment[size:]
				k++
			}
			col += d[0]
			if n == line && col > column {
				return source, srcLine, srcColumn, ok
			}
			if k < 4 { // a place that nobody wrote
				if n == line {
					ok = false
				}
				continue
			}
			src, srcL, srcC = src+d[1], srcL+d[2], srcC+d[3]
			if n == line {
				source, srcLine, srcColumn, ok = src, srcL+1, srcC, true
			}
		}
	}
	return source, srcLine, srcColumn, ok
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// vlq reads one number and says how many digits it took, 0 for nonsense.
func vlq(s string) (value, size int) {
	n := 0
	for shift := 0; size < len(s) && shift <= 30; shift += 5 {
		d := strings.IndexByte(base64Digits, s[size])
		if d < 0 {
			return 0, 0
		}
		size++
		n |= (d & 31) << shift
		if d&32 == 0 {
			if n&1 != 0 {
				return -(n >> 1), size
			}
			return n >> 1, size
		}
	}
	return 0, 0
}
