package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strings"

	"github.com/ulikunitz/xz/lzma"
)

const (
	xzMagic  = "\xfd7zXZ\x00"
	xzFooter = "YZ"
	xzLZMA2  = 0x21 // the one filter that xz uses unless it is told otherwise
)

var (
	errXZ      = errors.New("xz: the container is damaged")
	errXZCheck = errors.New("xz: invalid checksum")
	crc64ECMA  = crc64.MakeTable(crc64.ECMA)
)

// xzReader reads the streams of an xz file one after the other. It leaves the LZMA2 data
// to the library, and not the container around it: there the library takes a file that is cut
// between two blocks for a whole one, and allocates any dictionary that a block asks for.
type xzReader struct {
	in     within
	kind   byte          // of the checks in this stream
	blocks uint64        // in this stream
	open   bool          // within a stream
	block  *lzma.Reader2 // nil between blocks
	check  hash.Hash     // of the block; nil for none, or one that is not known
}

func openXZ(r *bufio.Reader) (io.ReadCloser, error) {
	return io.NopCloser(&xzReader{in: within{br: r}}), nil
}

// within reads what must not end yet.
type within struct {
	br *bufio.Reader
	n  int64
}

func (w *within) Read(p []byte) (int, error) {
	n, err := w.br.Read(p)
	w.n += int64(n)
	return n, unexpected(err)
}

func (w *within) ReadByte() (byte, error) {
	c, err := w.br.ReadByte()
	if err == nil {
		w.n++
	}
	return c, unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// take reads n bytes.
func (w *within) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(w, b)
	return b, err
}

func (x *xzReader) Read(p []byte) (n int, err error) {
	for n == 0 && err == nil {
		if x.block == nil {
			err = x.next()
			continue
		}
		n, err = x.block.Read(p)
		if x.check != nil {
			x.check.Write(p[:n])
		}
		if err == io.EOF {
			x.block = nil
			err = x.endBlock()
		}
	}
	return n, err
}

// next starts the next block, ends the stream, or starts the next one. It returns io.EOF
// after the last stream.
func (x *xzReader) next() error {
	if !x.open {
		return x.startStream()
	}
	size, err := x.in.br.Peek(1)
	switch {
	case err != nil:
		return unexpected(err)
	case size[0] == 0:
		return x.endStream()
	}
	return x.startBlock((int(size[0]) + 1) * 4)
}

// startStream passes over the zeros that may pad streams to four bytes.
func (x *xzReader) startStream() error {
	head, err := x.in.br.Peek(len(xzMagic))
	switch {
	case len(head) == 0:
		return err
	case head[0] == 0:
		_, err := x.in.br.Discard(1)
		return err
	case !strings.HasPrefix(xzMagic, string(head)):
		return errTrailing
	}
	h, err := x.in.take(12)
	if err != nil {
		return err
	}
	if crc32.ChecksumIEEE(h[6:8]) != binary.LittleEndian.Uint32(h[8:]) || h[6] != 0 || h[7] > 15 {
		return errXZ
	}
	x.open, x.kind, x.blocks = true, h[7], 0
	return nil
}

func (x *xzReader) startBlock(size int) error {
	h, err := x.in.take(size)
	if err != nil {
		return err
	}
	body := h[:size-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(h[size-4:]) {
		return errXZ
	}
	dictionary, err := xzDictionary(body[1:])
	if err != nil {
		return err
	}
	x.blocks++
	x.in.n = 0
	x.check = xzChecks[x.kind].new()
	x.block, err = lzma.Reader2Config{DictCap: dictionary}.NewReader2(&x.in)
	return err
}

// xzDictionary reads, from the flags of a block's header on, how large a dictionary its data
// needs.
func xzDictionary(header []byte) (int, error) {
	r := bytes.NewReader(header[1:])
	for flag := byte(0x40); flag != 0; flag <<= 1 { // the compressed and the uncompressed size, if they are there
		if header[0]&flag != 0 {
			if _, err := binary.ReadUvarint(r); err != nil {
				return 0, errXZ
			}
		}
	}
	filter, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, errXZ
	}
	if header[0]&3 != 0 || filter != xzLZMA2 {
		return 0, errors.New("xz: it was compressed with a filter for programs or numbers, which is not supported; decompress it with xz")
	}
	r.ReadByte() // the size of the properties, which is 1
	properties, err := r.ReadByte()
	if err != nil {
		return 0, errXZ
	}
	n, err := lzma.DecodeDictCap(properties)
	if err != nil || n > maxWindow {
		return 0, fmt.Errorf("xz: the dictionary takes more than %d MiB; decompress it with xz", maxWindow>>20)
	}
	return max(int(n), lzma.MinDictCap), nil
}

// xzCheck is a way to check a block.
type xzCheck struct {
	size int
	hash func() hash.Hash
	// reversed is set where the file has the sum's bytes in the other order.
	reversed bool
}

func (c xzCheck) new() hash.Hash {
	if c.hash == nil {
		return nil
	}
	return c.hash()
}

// xzChecks are the kinds that there are. Those without a hash are reserved; they are passed
// over by their size.
var xzChecks = [16]xzCheck{
	1: {4, func() hash.Hash { return crc32.NewIEEE() }, true}, 2: {size: 4}, 3: {size: 4},
	4: {8, func() hash.Hash { return crc64.New(crc64ECMA) }, true}, 5: {size: 8}, 6: {size: 8},
	7: {size: 16}, 8: {size: 16}, 9: {size: 16},
	10: {32, sha256.New, false}, 11: {size: 32}, 12: {size: 32},
	13: {size: 64}, 14: {size: 64}, 15: {size: 64},
}

func (x *xzReader) endBlock() error {
	if err := x.pad(); err != nil {
		return err
	}
	kind := xzChecks[x.kind]
	want, err := x.in.take(kind.size)
	if err != nil || x.check == nil {
		return err
	}
	got := x.check.Sum(nil)
	for i := range got {
		j := i
		if kind.reversed {
			j = len(got) - 1 - i
		}
		if got[i] != want[j] {
			return errXZCheck
		}
	}
	return nil
}

// pad reads the zeros that fill up what was counted to four bytes.
func (x *xzReader) pad() error {
	zeros, err := x.in.take(int(-x.in.n & 3))
	if err == nil && bytes.Count(zeros, []byte{0}) != len(zeros) {
		err = errXZ
	}
	return err
}

// endStream reads the index of the blocks and the footer.
func (x *xzReader) endStream() error {
	x.in.n = 0
	x.in.ReadByte()
	blocks, err := binary.ReadUvarint(&x.in)
	for i := uint64(0); i < 2*blocks && err == nil; i++ { // two sizes for each
		_, err = binary.ReadUvarint(&x.in)
	}
	if err == nil {
		err = x.pad()
	}
	if err != nil {
		return err
	}
	end, err := x.in.take(4 + 12) // the checksum of the index, and the footer
	if err != nil {
		return err
	}
	footer := end[4:]
	if blocks != x.blocks || crc32.ChecksumIEEE(footer[4:10]) != binary.LittleEndian.Uint32(footer) || string(footer[10:]) != xzFooter {
		return errXZ
	}
	x.open = false
	return nil
}
