//go:build !amd64

package accesslog

// marks are those of amd64, where there are none.
type marks struct{}

func (*marks) set(line []byte) uint { return uint(len(line)) }

func (*marks) next(line []byte, i, _ uint) uint { return uint(special(line, int(i))) }
