package source

import (
	"bytes"
	"context"
	"io"
)

// withoutCopies leaves out what is in another of the files as well: a rotation that was
// interrupted leaves access.log.1 beside an access.log.1.gz, whole or not, of the same.
// Of two files that begin alike and of which one ends where the other goes on, the longer
// one is kept; files that differ anywhere are both logs, whatever they are called.
func withoutCopies(ctx context.Context, sources []Source, note func(format string, args ...any)) []Source {
	var kept []Source
	at := map[string][]int{} // name without the suffix of a compressor → indexes in kept
next:
	for _, s := range sources {
		stem := packedSuffix.ReplaceAllString(s.name, "")
		if s.size >= 0 {
			for _, i := range at[stem] {
				first, second, err := longer(ctx, kept[i], s)
				switch {
				case err != nil:
					continue
				case !second:
					note("%s is left out: %s holds the same", quote(s.name), quote(kept[i].name))
					continue next
				case !first:
					note("%s is left out: %s holds the same, and more", quote(kept[i].name), quote(s.name))
					kept[i] = s
					continue next
				}
			}
		}
		at[stem] = append(at[stem], len(kept))
		kept = append(kept, s)
	}
	return kept
}

// longer reads a and b side by side. It reports which of them holds what the other does not;
// of two that are the same, a does. A stream that is cut off counts as far as it can be read.
func longer(ctx context.Context, a, b Source) (first, second bool, err error) {
	x, err := a.Open(ctx)
	if err != nil {
		return false, false, err
	}
	defer x.Close()
	y, err := b.Open(ctx)
	if err != nil {
		return false, false, err
	}
	defer y.Close()
	p, q := make([]byte, bufferSize), make([]byte, bufferSize)
	for ctx.Err() == nil {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		short := min(n, m)
		switch {
		case !bytes.Equal(p[:short], q[:short]):
			return true, true, nil
		case m > n:
			return false, true, nil
		case n > m || errX != nil && errY != nil:
			return true, false, nil
		}
	}
	return false, false, ctx.Err()
}
