package accesslog

import "math/bits"

// marks has a bit for each byte of a line's beginning at which special would stop. To find them
// all at once spares a branch at the end of each string, which nothing can predict.
type marks [64]uint64

// set marks the bytes of line, and returns how many of them it came to.
func (m *marks) set(line []byte) (n uint) {
	whole := min(len(line)/64, len(m))
	mark(m[:whole], line)
	if whole == len(m) {
		return uint(64 * whole)
	}
	var last [64]byte
	copy(last[:], line[64*whole:])
	mark(m[whole:whole+1], last[:])
	return uint(len(line))
}

// next is the index of the first mark of line at or after i; one that is not below n, which is
// what set returned, where there is none before.
func (m *marks) next(_ []byte, i, n uint) uint {
	for ; i < n; i = i&^63 + 64 {
		if word := m[i/64%uint(len(m))] >> (i % 64); word != 0 {
			return i + uint(bits.TrailingZeros64(word))
		}
	}
	return n
}

// mark sets a bit of dst for each of the first 64*len(dst) bytes of b that is marked. It does
// not look whether b has as many.
//
//go:noescape
func mark(dst []uint64, b []byte)
