package analyzer

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

// A state is written as
//
//	magic    12 bytes
//	version   1 byte
//	size      4 bytes, little endian: of the payload as it is compressed
//	sum       8 bytes, little endian: xxHash64 of the payload as it is compressed
//	payload     zstd of: the parameters, and what State.append writes
//
// Several may stand behind each other. Whoever changes what is written raises the version, and
// goes on reading those before.
const (
	stateMagic   = "\x89loganalyze\n" // no text: a state is not taken for a log
	stateVersion = 4                  // 1 had no leaves, 2 no series, and bins of time were wide by powers of two up to 3
	stateHeader  = len(stateMagic) + 1 + 4 + 8
)

// maxState bounds what a state's payload takes when it is not compressed, in bytes. A log that
// is not made for it stays far below.
const maxState = 512 << 20

// ErrNoState is the error of ReadState where there is something else.
var ErrNoState = errors.New("it is no state that loganalyze --save wrote; if it is a log, run loganalyze on it")

// stateWindow is how far back the compression looks, and so what reading it takes.
const stateWindow = 1 << 20

// WriteTo writes the state, of the same counts always the same bytes. It returns how many it
// wrote.
func (s *State) WriteTo(w io.Writer) (int64, error) {
	parts := s.parts()
	if len(parts) > maxState {
		return 0, fmt.Errorf("the state takes %d bytes, more than %d; count fewer logs at once, or choose routes with a filter", len(parts), maxState)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(stateWindow), zstd.WithEncoderCRC(false))
	if err != nil {
		return 0, err
	}
	b := z.EncodeAll(parts, make([]byte, stateHeader))
	payload := b[stateHeader:]
	head := append(b[:0], stateMagic...)
	head = append(head, stateVersion)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(payload)))
	binary.LittleEndian.AppendUint64(head, xxhash.Sum64(payload))
	n, err := w.Write(b)
	return int64(n), err
}

// save writes the state where the options ask for it.
func (o *Options) save(s *State) error {
	if o.Save == nil {
		return nil
	}
	if _, err := s.WriteTo(o.Save); err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	return nil
}

// ReadState reads one state, and no byte behind it. The name is what errors call it, and what
// inputs of one name are told apart by when states are merged; it may be "". Where r is at its end it returns
// io.EOF alone; where there is no state, an error that wraps [ErrNoState]. A state that is
// damaged, cut off, or of a version or parameters that are not known is an error, whatever its
// bytes are.
func ReadState(r io.Reader, name string) (*State, error) {
	payload, version, err := readPayload(r)
	switch {
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %w", cmp.Or(name, "a state"), err)
	}
	s, err := parseState(payload, version)
	if err != nil {
		return nil, fmt.Errorf("%s: the state cannot be read: %w; save it again with this version", cmp.Or(name, "a state"), err)
	}
	s.call(name)
	return s, nil
}

// readPayload reads a payload that is whole, as it was written.
func readPayload(r io.Reader) (payload []byte, version int, err error) {
	head := make([]byte, stateHeader)
	n, err := io.ReadFull(r, head[:len(stateMagic)])
	switch {
	case n == 0 && err == io.EOF:
		return nil, 0, io.EOF
	case err != nil && err != io.ErrUnexpectedEOF:
		return nil, 0, err
	case n < len(stateMagic) && string(head[:n]) == stateMagic[:n]:
		return nil, 0, cutOff(n, stateHeader)
	case string(head[:n]) != stateMagic:
		return nil, 0, ErrNoState
	}
	m, err := io.ReadFull(r, head[n:])
	version = int(head[len(stateMagic)])
	if n += m; m > 0 && (version < 1 || version > stateVersion) {
		return nil, 0, fmt.Errorf("the state is of version %d, and this program knows 1 to %d; use the program that wrote it, or a newer one", version, stateVersion)
	}
	if err != nil {
		return nil, 0, orCutOff(err, n, stateHeader)
	}
	size := binary.LittleEndian.Uint32(head[len(stateMagic)+1:])
	var b bytes.Buffer // which grows with what there is, whatever the size says
	if got, err := io.CopyN(&b, r, int64(size)); err != nil {
		return nil, 0, orCutOff(err, n+int(got), stateHeader+int(size))
	}
	if xxhash.Sum64(b.Bytes()) != binary.LittleEndian.Uint64(head[stateHeader-8:]) {
		return nil, 0, errors.New("the state is damaged: its checksum is another; copy it again, or save it again")
	}
	return b.Bytes(), version, nil
}

func orCutOff(err error, have, want int) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return cutOff(have, want)
	}
	return err
}

func cutOff(have, want int) error {
	return fmt.Errorf("the state is cut off: %w after %d of at least %d bytes; copy it again, or save it again", io.ErrUnexpectedEOF, have, want)
}

// parseState makes a state of a payload.
func parseState(payload []byte, version int) (*State, error) {
	z, err := zstd.NewReader(bytes.NewReader(payload), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8*stateWindow))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	parts, err := io.ReadAll(io.LimitReader(z, maxState+1))
	if err != nil {
		return nil, err
	}
	if len(parts) > maxState {
		return nil, fmt.Errorf("it takes more than %d bytes", maxState)
	}
	return parseParts(parts, version)
}

// parts is what a payload is when it is not compressed.
func (s *State) parts() []byte {
	var w writer
	appendParameters(&w)
	s.append(&w)
	return w.b
}

func parseParts(parts []byte, version int) (*State, error) {
	r := &reader{b: parts, version: version}
	checkParameters(r)
	s := &State{}
	s.parse(r)
	r.check(r.left() == 0, "there is more behind it")
	return s, r.err
}

// appendParameters writes what must be the same for counts to add up: the bounds of the buckets
// of durations, and the precisions of the counts of distinct texts.
func appendParameters(w *writer) {
	w.float(gamma)
	c, s := newClients(), newRouteStats("", "", kindNone)
	w.uint(uint64(c.all.precision))
	w.uint(uint64(s.paths.precision))
}

func checkParameters(r *reader) {
	c, s := newClients(), newRouteStats("", "", kindNone)
	if g := r.float(); math.Float64bits(g) != math.Float64bits(gamma) {
		r.fail("its buckets of durations grow by %v, and here by %v", g, gamma)
	}
	if clients, paths := r.uint(), r.uint(); clients != uint64(c.all.precision) || paths != uint64(s.paths.precision) {
		r.fail("it counts distinct clients and paths with precisions of %d and %d, and here with %d and %d", clients, paths, c.all.precision, s.paths.precision)
	}
}
