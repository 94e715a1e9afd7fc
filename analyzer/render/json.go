package render

import (
	_ "embed" // for the schema
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/loganalyze/loganalyze/analyzer"
)

// ReportSchema is the JSON Schema of what JSON prints, by which programs may check it.
//
//go:embed report.schema.json
var ReportSchema []byte

// ReviewSchema is the JSON Schema of what ReviewJSON prints. It refers to definitions of
// ReportSchema.
//
//go:embed review.schema.json
var ReviewSchema []byte

// ReviewJSON prints the review as JSON prints a report.
func ReviewJSON(w io.Writer, r *analyzer.Review, _ Options) error {
	if err := WriteJSON(w, r); err != nil {
		return fmt.Errorf("cannot print the review as JSON: %w", err)
	}
	return nil
}

// JSON prints the report as one indented object that ends in a newline: every key is
// present, a list without elements is [], what is unknown is null, and equal reports
// are printed equally. Characters that a terminal could obey are written as \u escapes,
// which decode to the same text.
func JSON(w io.Writer, r *analyzer.Report, _ Options) error {
	if err := WriteJSON(w, r); err != nil {
		return fmt.Errorf("cannot print the report as JSON: %w", err)
	}
	return nil
}

// WriteJSON prints a value as JSON prints the report.
func WriteJSON(w io.Writer, v any) error {
	// The standard encoder prints nil slices as null, which here would mean unknown.
	data, err := json.Marshal(v,
		json.Deterministic(true),
		jsontext.AllowInvalidUTF8(true), // a path is whatever a client sent; the bytes become U+FFFD
		jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeJSON(data), '\n'))
	return err
}

// escapeJSON replaces hidden characters by \u escapes. Within JSON such characters
// stand in strings alone, so that no parsing is needed. The encoder has escaped those
// below the space already; line feeds are its own.
func escapeJSON(data []byte) []byte {
	out := make([]byte, 0, len(data)+1)
	for i := 0; i < len(data); {
		if data[i] < 0x7f {
			out = append(out, data[i])
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case !hidden(r):
			out = append(out, data[i:i+size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
