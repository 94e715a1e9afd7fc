package source

import "strings"

// MostLike returns the one of names that name is most likely a slip for, the
// first of several, or "" if none is near. Hidden names are not suggested.
func MostLike(name string, names []string) string {
	best, least := "", min(len(name)/3, 3)+1
	for _, n := range names {
		if isHidden(n) {
			continue
		}
		if d := slips(name, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// slips counts what went wrong if a was typed for b. To leave out a suffix, as
// in access.log for access.log.gz, is one slip, though many characters.
func slips(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.HasPrefix(b, a+".") {
		return 1
	}
	return distance([]rune(a), []rune(b))
}

// distance returns how many characters to insert, delete, replace or swap with
// their neighbour make b of a.
func distance(a, b []rune) int {
	var before []int
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			differ := 1
			if a[i] == b[j] {
				differ = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+differ)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}
