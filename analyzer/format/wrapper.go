package format

import (
	"bytes"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// wrapper is something that puts its own words before the lines of another program.
type wrapper struct {
	name string // in words; "" for none
	// peel returns the wrapped line, which shares line's bytes, and false where line
	// is not wrapped so.
	peel func(line []byte) ([]byte, bool)
}

// wrappers is the table. None stands first.
var wrappers = []wrapper{
	{"", func(line []byte) ([]byte, bool) { return line, true }},
	{"a docker compose prefix", peelCompose},
}

// peelAll peels the sample, or returns nil where most of it is not wrapped so.
func (w *wrapper) peelAll(sample [][]byte) [][]byte {
	var out [][]byte
	for _, line := range sample {
		if peeled, ok := w.peel(line); ok {
			out = append(out, peeled)
		}
	}
	if len(out)*2 < len(sample) {
		return nil
	}
	return out
}

// peelCompose takes "web-1  | " off. What has no letter is no name, but a status or an address in
// somebody's first column.
func peelCompose(line []byte) ([]byte, bool) {
	i := 0
	for i < len(line) && (line[i] == '-' || line[i] == '_' || line[i] == '.' || line[i]-'0' <= 9 || line[i]|0x20-'a' < 26) {
		i++
	}
	rest := bytes.TrimLeft(line[i:], " ")
	if len(bytes.Trim(line[:i], "0123456789.-")) == 0 || len(rest) == len(line)-i || !bytes.HasPrefix(rest, []byte("| ")) {
		return nil, false
	}
	return rest[2:], true
}

// unwrapper peels each line before it is parsed.
type unwrapper struct {
	peel  func([]byte) ([]byte, bool)
	inner Parser
}

var errNotWrapped = &LineError{Kind: Other, Msg: "it has not the prefix of the other lines"}

func (u *unwrapper) Parse(line []byte, emit func(*accesslog.Record)) error {
	peeled, ok := u.peel(line)
	if !ok {
		return errNotWrapped
	}
	err := u.inner.Parse(peeled, emit)
	if e, ok := err.(*LineError); ok && e.Kind != Other {
		return &LineError{Kind: e.Kind, Offset: len(line) - len(peeled) + e.Offset, Msg: e.Msg}
	}
	return err
}
