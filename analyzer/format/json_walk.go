package format

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// walker walks over the values of a JSON object.
type walker struct {
	objects map[string]bool // the paths of the objects to enter; nil is all
	whole   string          // the path of an array that is visited whole; "" is none
	roles   map[string]role // where set, what plays no role is visited too, objects and arrays whole
	line    []byte
	input   bytes.Buffer
	dec     jsontext.Decoder
	path    []byte
}

// decoderOptions accept what real loggers write.
var decoderOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// maxDepth is how deep the walker enters nested objects.
const maxDepth = 8

// walk calls visit with the dotted path and the JSON text of each string, number, true,
// false and null in line's object; of an array, with its first element's. Both are valid
// until visit returns, but the text shares line's bytes.
func (w *walker) walk(line []byte, visit func(path, value []byte)) error {
	w.line = line
	w.input = *bytes.NewBuffer(line)
	w.dec.Reset(&w.input, decoderOptions...)
	w.path = w.path[:0]
	if err := w.value(0, visit); err != nil {
		return err
	}
	if _, err := w.dec.ReadToken(); err != io.EOF {
		return errors.New("more than one value on the line")
	}
	return nil
}

func (w *walker) value(depth int, visit func(path, value []byte)) error {
	switch kind := w.dec.PeekKind(); {
	case kind == '{' && depth < maxDepth && (w.objects == nil || w.objects[string(w.path)]):
		return w.object(depth, visit)
	case kind == '[' && w.whole != "" && string(w.path) == w.whole:
		// As it stands.
	case kind == '[' && depth < maxDepth && (w.roles == nil || w.enters()):
		return w.array(depth, visit)
	case (kind == '{' || kind == '[') && w.roles == nil:
		return w.dec.SkipValue()
	}
	v, err := w.read()
	if err == nil {
		visit(w.path, v)
	}
	return err
}

// enters reports whether in an array there can be something that plays a role.
func (w *walker) enters() bool {
	_, ok := w.roles[string(w.path)]
	return ok || w.objects[string(w.path)]
}

// read reads a value and returns its bytes in the line.
func (w *walker) read() ([]byte, error) {
	v, err := w.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(w.dec.InputOffset())
	if end == len(w.line) && v[len(v)-1]-'0' <= 9 {
		return nil, io.ErrUnexpectedEOF // no object ends in a number: more of it may be missing
	}
	return w.line[end-len(v) : end], nil
}

func (w *walker) object(depth int, visit func(path, value []byte)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	outer := len(w.path)
	for w.dec.PeekKind() == '"' {
		name, err := w.read()
		if err != nil {
			return err
		}
		w.path = w.path[:outer]
		if depth > 0 { // also behind an empty key, which could pass for the outermost object
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, name[1:len(name)-1]...)
		if err := w.value(depth+1, visit); err != nil {
			return err
		}
	}
	w.path = w.path[:outer]
	_, err := w.dec.ReadToken()
	return err
}

func (w *walker) array(depth int, visit func(path, value []byte)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for first := true; ; first = false {
		switch kind := w.dec.PeekKind(); {
		case kind == ']' || kind == 0:
			_, err := w.dec.ReadToken()
			return err
		case first:
			if err := w.value(depth+1, visit); err != nil {
				return err
			}
		default:
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
		}
	}
}
