// Package spelling finds the name that somebody meant. It knows nothing of what
// the names are for, so that every message of the house asks in the same words.
package spelling

import "strings"

// maxSlips is the most that a misspelt name may be away from the one meant.
const maxSlips = 2

// DidYouMean is `; did you mean "x"?` with the nearest of the names, the first of
// several; "" where none is near.
func DidYouMean(word string, names []string) string {
	best, least := "", maxSlips+1
	for _, name := range names {
		// Of a short word two slips leave nothing by which one would know it.
		if n := slips(strings.ToLower(word), strings.ToLower(name)); n < least && 2*n < max(len(word), len(name)) {
			best, least = name, n
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// slips counts the letters too many, too few, other, or in the order of their
// neighbour, that make b of a; more than maxSlips are maxSlips+1.
func slips(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > maxSlips || len(y)-len(x) > maxSlips {
		return maxSlips + 1
	}
	var before, row []int // the two rows above
	next := make([]int, len(y)+1)
	for j := range next {
		next[j] = j
	}
	for i := range x {
		before, row, next = row, next, make([]int, len(y)+1)
		next[0] = i + 1
		for j := range y {
			other := 1
			if x[i] == y[j] {
				other = 0
			}
			next[j+1] = min(row[j]+other, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
	}
	return min(next[len(y)], maxSlips+1)
}
