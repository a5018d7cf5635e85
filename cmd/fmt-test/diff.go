package main

import (
	"fmt"
	"strings"
)

const (
	// diffContext is how many equal lines are shown around a difference.
	diffContext = 3
	// maxDiffCells bounds the table of lineDiff: two texts of 2,000 lines that
	// have nothing in common at either end.
	maxDiffCells = 4_000_000
)

// lineDiff shows what to take away from one text (-) and what to add (+) to
// get another, with some lines around. Equal texts give "".
func lineDiff(from, to string) string {
	a, b := strings.Split(from, "\n"), strings.Split(to, "\n")
	var out strings.Builder
	lines := diffLines(a, b)
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.sign == ' ' {
			continue
		}
		for j := max(i-diffContext, 0); j <= min(i+diffContext, len(lines)-1); j++ {
			near[j] = true
		}
	}
	left, hidden := 0, 0
	for i, l := range lines {
		if !near[i] {
			hidden++
		} else {
			if hidden > 0 {
				fmt.Fprintf(&out, "  … line %d\n", left+1)
			}
			hidden = 0
			fmt.Fprintf(&out, "%c %s\n", l.sign, l.text)
		}
		if l.sign != '+' {
			left++
		}
	}
	return out.String()
}

// diffLine is a line with ' ' for both texts, '-' for the first alone or '+'
// for the second alone.
type diffLine struct {
	sign rune
	text string
}

// diffLines aligns two texts along a longest common subsequence of their lines.
func diffLines(a, b []string) []diffLine {
	var head, tail []diffLine
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, diffLine{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, diffLine{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	list := head
	i, j := 0, 0
	if len(a)*len(b) <= maxDiffCells {
		common := commonLines(a, b)
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				list = append(list, diffLine{' ', a[i]})
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				list = append(list, diffLine{'-', a[i]})
				i++
			default:
				list = append(list, diffLine{'+', b[j]})
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		list = append(list, diffLine{'-', a[i]})
	}
	for ; j < len(b); j++ {
		list = append(list, diffLine{'+', b[j]})
	}
	for k := len(tail) - 1; k >= 0; k-- {
		list = append(list, tail[k])
	}
	return list
}

// commonLines[i][j] is the length of a longest common subsequence of a[i:] and
// b[j:].
func commonLines(a, b []string) [][]int32 {
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
