package accesslog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"time"
)

// Attr is an attribute that the application added to a record: a key, and a
// value that is kept as JSON text, so that nothing of it (a 64-bit id, the
// digits of a price) is lost on the way through the analyzer.
type Attr struct {
	Key  string
	json string // one valid JSON value
}

// JSON is the attribute's value as JSON text.
func (a Attr) JSON() string { return a.json }

// Text is the attribute's value for people and for grouping: a string without
// its quotes and escapes, any other value as its JSON text.
func (a Attr) Text() string {
	if len(a.json) < 2 || a.json[0] != '"' {
		return a.json
	}
	p := parser{src: []byte(a.json)}
	var r Record
	s, err := p.str(&r)
	if err != nil {
		return a.json
	}
	return s
}

// AppendAttrs appends attrs as they would stand in the line. Values are
// resolved and encoded at once, so that later changes to what they point at do
// not show. As in log/slog, a group without a key is inlined, an empty group
// or attribute is left out, an error becomes its message, and a duration
// becomes nanoseconds; of a value whose method panics, "!PANIC: …" is kept. A key
// that the schema owns is written as "attr.KEY", so that no attribute can pass for
// the response's own status.
func AppendAttrs(dst []Attr, attrs ...slog.Attr) []Attr {
	return appendAttrsOf(dst, attrs, true)
}

func appendAttrsOf(dst []Attr, attrs []slog.Attr, top bool) []Attr {
	for _, a := range attrs {
		v := a.Value.Resolve()
		switch {
		case v.Kind() == slog.KindGroup && a.Key == "":
			dst = appendAttrsOf(dst, v.Group(), top)
			continue
		case v.Kind() == slog.KindGroup && len(v.Group()) == 0, a.Key == "" && v.Kind() == slog.KindAny && v.Any() == nil:
			continue
		}
		key := a.Key
		if top && schema[key] {
			key = "attr." + key
		}
		dst = append(dst, Attr{Key: key, json: string(appendValue(nil, v))})
	}
	return dst
}

// appendValue appends v as log/slog's JSON handler would.
func appendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return appendString(dst, v.String(), math.MaxInt)
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		if f := v.Float64(); !math.IsInf(f, 0) && !math.IsNaN(f) {
			return strconv.AppendFloat(dst, f, 'g', -1, 64)
		}
		return appendString(dst, strconv.FormatFloat(v.Float64(), 'g', -1, 64), math.MaxInt)
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return strconv.AppendInt(dst, int64(v.Duration()), 10)
	case slog.KindTime:
		return appendString(dst, v.Time().Format(time.RFC3339Nano), math.MaxInt)
	case slog.KindGroup:
		dst = append(dst, '{')
		for i, a := range appendAttrsOf(nil, v.Group(), false) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, a.Key, math.MaxInt)
			dst = append(dst, ':')
			dst = append(dst, a.json...)
		}
		return append(dst, '}')
	}
	return appendAny(dst, v.Any())
}

// appendAny appends v by its own methods, whose panics stand in its place.
func appendAny(dst []byte, v any) (out []byte) {
	defer func() {
		if p := recover(); p != nil {
			text := fmt.Sprintf("!PANIC: %v", p)
			if v := reflect.ValueOf(v); v.Kind() == reflect.Pointer && v.IsNil() {
				text = "<nil>" // whose methods mostly expect none
			}
			out = appendString(dst, text, math.MaxInt)
		}
	}()
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return appendString(dst, err.Error(), math.MaxInt)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return appendString(dst, "!ERROR:"+err.Error(), math.MaxInt)
	}
	return appendCompact(dst, b.String())
}
