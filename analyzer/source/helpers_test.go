package source

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

const (
	lineA = "GET /a 200\n"
	lineB = "GET /b 500\n"
)

// What bzip2 makes of lineA, lineB and nothing: the standard library only
// reads it.
var (
	bzip2A     = unhex("425a6839314159265359ee1c1d190000045f0000104000d000028004002000200022068d3d420c9885c627630f177245385090ee1c1d19")
	bzip2B     = unhex("425a6831314159265359dfe6f4fa0000045f0000104000c200028004001000200022068d3d420c9885c627630f177245385090dfe6f4fa")
	bzip2Empty = unhex("425a683917724538509000000000")
)

// What the xz and lz4 commands make of lineA where they are asked for what the libraries
// do not write.
var (
	xzOfTheCommand = unhex("fd377a585a000004e6d6b44603c00f0b21011600000000004575989801000a474554202f61203230300a0000da9cb06c2c05d7dd0001270bc6de916d1fb6f37d010000000004595a") // xz -T2
	xzSHA256       = unhex("fd377a585a00000ae1fb0ca10200210116000000742fe5a301000a474554202f61203230300a0000a82bbafddc23c169905cf4d838608288cdbfc5fb4647a06dc9b989a20a30cd2400013b0b9b83e68b189b4b9a01000000000a595a")
	xzLarge        = unhex("fd377a585a000004e6d6b44602002101200000000988a57601000a474554202f61203230300a0000da9cb06c2c05d7dd0001230bc21bfd091fb6f37d010000000004595a") // 256 MiB
	xzFiltered     = unhex("fd377a585a000004e6d6b44602010400210116000d86351f01000a474554202f61203230300a0000da9cb06c2c05d7dd0001230bc21bfd091fb6f37d010000000004595a")
	lz4Legacy      = unhex("02214c180c000000b0474554202f61203230300a")
)

func unhex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func gzipped(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

// gzippedAs returns content as gzip would write it for a file called name.
func gzippedAs(name, content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

func zstded(content string) string {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return string(w.EncodeAll([]byte(content), nil))
}

func xzed(content string) string {
	var b bytes.Buffer
	w, err := xz.WriterConfig{BlockSize: 1000, DictCap: 64 << 10}.NewWriter(&b)
	if err != nil {
		panic(err)
	}
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

func lz4ed(content string) string {
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

// tree makes files in a new directory and goes there, so that arguments are
// what a user would type. A name that ends with a slash is a directory.
func tree(t testing.TB, files ...string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, f := range files {
		name, content, ok := strings.Cut(f, "=")
		if !ok {
			content = lineA
		}
		write(t, name, content)
	}
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, "/") {
		return
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// list writes sources as a line of names, with a question mark after what was
// found.
func list(sources []Source) string {
	var names []string
	for _, s := range sources {
		name := filepath.ToSlash(s.Name())
		if s.Found() {
			name += "?"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// read opens s and reads it to its end or its error.
func read(t testing.TB, s Source) (string, error) {
	t.Helper()
	r, err := s.Open(t.Context())
	if err != nil {
		return "", err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	b, err := io.ReadAll(r)
	return string(b), err
}

// readString reads content as a source called "in".
func readString(t testing.TB, content string) (string, error) {
	t.Helper()
	return read(t, FromReader("in", strings.NewReader(content)))
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return filepath.ToSlash(fmt.Sprint(err))
}
