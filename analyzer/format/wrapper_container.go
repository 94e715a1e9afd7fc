package format

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// peelCompose takes "web-1  | " off. What has no letter is no name, but a status or an address in
// somebody's first column.
func peelCompose(_ *wrapping, line []byte) ([]byte, bool) {
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

// peelKubectl takes "[pod/web-7d4f/nginx] " off, as kubectl logs --prefix writes it.
func peelKubectl(_ *wrapping, line []byte) ([]byte, bool) {
	source, rest := cutWord(line)
	if !bytes.HasPrefix(source, []byte("[pod/")) || !bytes.HasSuffix(source, []byte("]")) || bytes.Count(source, []byte("/")) != 2 {
		return nil, false
	}
	return rest, true
}

// peelCRI takes "2026-09-06T05:58:05.123456789Z stdout F " off. The tag is P where the runtime
// has split the line; others may follow it behind colons.
func peelCRI(w *wrapping, line []byte) ([]byte, bool) {
	rest, ok := peelTimestamp(w, line)
	if !ok {
		return nil, false
	}
	stream, rest := cutWord(rest)
	tag, rest := cutWord(rest)
	if s := string(stream); s != "stdout" && s != "stderr" || len(tag) == 0 || tag[0] != 'F' && tag[0] != 'P' || len(tag) > 1 && tag[1] != ':' {
		return nil, false
	}
	w.split = tag[0] == 'P'
	return rest, true
}

const jsonFileHead = `{"log":"`

// jsonFileLimit is the length at which Docker splits lines: of the parts the last alone
// ends in a newline.
const jsonFileLimit = 16 << 10

// peelJSONFile takes the text out of {"log":"text\n","stream":"stdout","time":"…"}, also where
// somebody has written it anew, with spaces or the keys in another order.
func peelJSONFile(w *wrapping, line []byte) ([]byte, bool) {
	at := logIn(line)
	if at < 0 {
		return nil, false
	}
	text, rest := w.unquote(line[at:])
	if w.time = stampIn(rest, `"time":"`); w.time == "" {
		if at := member(line, "time"); at >= 0 {
			w.time = stampIn(line[at:], `"`)
		}
	}
	whole := bytes.TrimSuffix(text, []byte("\n"))
	w.split = len(whole) == len(text) && len(text) >= jsonFileLimit
	return bytes.TrimSuffix(whole, []byte("\r")), true
}

// logIn is where the text's quote stands, -1 where the line is none of Docker's.
func logIn(line []byte) int {
	if bytes.HasPrefix(line, []byte(jsonFileHead)) { // Fast path: as Docker writes it.
		return len(jsonFileHead) - 1
	}
	at := member(line, "log")
	if at < 0 || line[at] != '"' {
		return -1
	}
	first := line[bytes.IndexByte(line, '"'):]
	if !bytes.HasPrefix(first, []byte(`"log"`)) && !bytes.Contains(line, []byte(`"stream"`)) {
		return -1
	}
	return at
}

// member is where the value under key stands in the object that a line is, -1 where it is not.
func member(line []byte, key string) int {
	s := scanner{src: line}
	if s.peek() != '{' {
		return -1
	}
	s.pos++
	for {
		name, err := s.key()
		if err != nil || s.peek() == 0 {
			return -1
		}
		if string(name) == key {
			return s.pos
		}
		if s.skip(s.peek(), 0) != nil {
			return -1
		}
		if more, _ := s.more('}'); !more {
			return -1
		}
	}
}

// peelJournal takes the message out of a line of journalctl -o json, whose keys are in any
// order.
func peelJournal(w *wrapping, line []byte) ([]byte, bool) {
	at := messageIn(line)
	if at < 0 {
		return nil, false
	}
	text, _ := w.unquote(line[at:])
	w.time = stampIn(line, `"__REALTIME_TIMESTAMP":"`) // microseconds since 1970
	return text, true
}

const journalKey = `"MESSAGE":`

// messageIn is where the message's quote stands, -1 where the line is none of the journal's,
// or the message is a list of bytes, as it is if it is no UTF-8.
func messageIn(line []byte) int {
	if len(line) == 0 || line[0] != '{' || !bytes.Contains(line, []byte(`"__`)) {
		return -1
	}
	at := bytes.Index(line, []byte(journalKey+`"`)) // which no string holds: its quotes are escaped
	if at < 0 {
		return -1
	}
	return at + len(journalKey)
}

// unquote returns the text of the JSON string that b begins with, and what is behind it.
func (w *wrapping) unquote(b []byte) (text, rest []byte) {
	end := endOfString(b)
	if end < 0 { // the line is cut within the text
		w.buf = append(append(w.buf, withoutPartialEscape(b)...), '"')
		b, end = w.buf, len(w.buf)
	}
	begin := len(w.buf)
	text = b[1 : end-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		w.buf, _ = jsontext.AppendUnquote(w.buf, b[:end]) // whose error is invalid UTF-8 alone
		text = w.buf[begin:]
	}
	return text, b[end:]
}

// stampIn is the string behind key, "" where there is none.
func stampIn(line []byte, key string) string {
	_, stamp, _ := bytes.Cut(line, []byte(key))
	stamp, _, ok := bytes.Cut(stamp, []byte(`"`))
	if !ok {
		return ""
	}
	return share(stamp)
}

// endOfString is the length of the string at the start of b, -1 where it does not end.
func endOfString(b []byte) int {
	for i := 1; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		if i += n; evenBackslashes(b[1:i]) {
			return i + 1
		}
	}
}

// withoutPartialEscape takes off the escape within which b is cut.
func withoutPartialEscape(b []byte) []byte {
	i := bytes.LastIndexByte(b, '\\')
	if i >= 0 && !evenBackslashes(b[:i+1]) && (i+1 == len(b) || b[i+1] == 'u' && len(b)-i < len(`\u0000`)) {
		return b[:i]
	}
	return b
}

func jsonFileOrigin(line []byte, n int) int { return originInString(line, logIn(line)+1, n) }

func journalOrigin(line []byte, n int) int { return originInString(line, messageIn(line)+1, n) }

// originInString is where byte n of a string's text stands, which begins at i: it passes over
// the escapes.
func originInString(line []byte, i, n int) int {
	for n > 0 && i < len(line) {
		switch {
		case line[i] != '\\':
			i, n = i+1, n-1
		case i+len(`\u0000`) <= len(line) && line[i+1] == 'u':
			code, _ := strconv.ParseUint(string(line[i+2:i+6]), 16, 16)
			i += len(`\u0000`)
			if r := rune(code); utf16.IsSurrogate(r) { // half of four bytes
				n -= 2
			} else {
				n -= utf8.RuneLen(r)
			}
		default:
			i, n = i+2, n-1
		}
	}
	return min(i, len(line))
}
