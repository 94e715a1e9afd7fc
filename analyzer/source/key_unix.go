//go:build unix

package source

import (
	"io/fs"
	"syscall"
)

// fileKey is equal for the same file, and seldom for others: os.SameFile alone
// would compare each file of a large directory with all before it.
func fileKey(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}
