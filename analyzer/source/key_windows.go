package source

import (
	"io/fs"
	"syscall"
)

// fileKey is equal for the same file, and seldom for others: os.SameFile alone
// would compare each file of a large directory with all before it. The time of
// creation belongs to the file, not to one of its names, and does not change
// while the file grows.
func fileKey(info fs.FileInfo) uint64 {
	if a, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		return uint64(a.CreationTime.Nanoseconds())
	}
	return 0
}
