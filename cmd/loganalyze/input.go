package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // for --tz on systems that have no zones

	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// inputFlags say how the inputs are to be read, where a person knows better than the lines.
type inputFlags struct {
	logFormat string
	fields    []string
	tz        string
	formats   map[string]formatConfig // by the names that the config file gives them
}

func (f *inputFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.logFormat, "log-format", "auto", "`FORMAT` of the logs: auto, a name from the config file, the server's own format string in quotes (nginx's log_format, Apache's LogFormat, Envoy's), or "+names(format.Formats(), func(f *format.Format) string { return f.Name }))
	fs.StringArrayVar(&f.fields, "field", nil, "read a field from another key of JSON lines, `NAME=KEY`, such as status=a.b.code or duration_us=took; repeatable")
	fs.StringVar(&f.tz, "tz", "local", "`ZONE` of timestamps that name none, and of --since and --until: local, UTC, Asia/Tokyo, +09:00")
	fs.String("config", "", "read settings and formats from `FILE` (default: loganalyze/config.toml where the system keeps configuration)")
}

// options are the flags, before what the config file says of the format that they name.
func (f *inputFlags) options(changed func(string) bool) (o format.Options, err error) {
	logFormat, tz := f.logFormat, f.tz
	if c, ok := f.formats[logFormat]; ok {
		if logFormat = c.LogFormat; logFormat == "" {
			logFormat = "auto"
		}
		if c.TZ != "" && !changed("tz") {
			tz = c.TZ
		}
		o.Fields = maps.Clone(c.Fields)
	}
	if logFormat != "auto" {
		known, err := format.FromString(logFormat)
		if err != nil {
			return o, f.unknownFormat(logFormat, err)
		}
		o.Formats = []*format.Format{known}
	}
	for _, text := range f.fields {
		name, key, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return o, fmt.Errorf("--field %q: it is a name, = and a key, such as status=response.code", text)
		}
		if err := format.CheckField(name); err != nil {
			return o, fmt.Errorf("--field: %w", err)
		}
		if o.Fields == nil {
			o.Fields = map[string]string{}
		}
		maps.DeleteFunc(o.Fields, func(other, otherKey string) bool { // a duration may be in another unit
			return otherKey == key || strings.HasPrefix(other, "duration") && strings.HasPrefix(name, "duration")
		})
		o.Fields[name] = key
	}
	o.TZ, err = zone(tz)
	if err != nil {
		return o, fmt.Errorf("--tz %q: %w", tz, err)
	}
	return o, nil
}

// unknownFormat says which name a format may have been meant by, if it may have been one.
func (f *inputFlags) unknownFormat(name string, err error) error {
	all := slices.Sorted(maps.Keys(f.formats))
	for _, known := range format.Formats() {
		all = append(all, known.Name)
	}
	if like := source.MostLike(name, all); like != "" {
		return fmt.Errorf("--log-format: %q is no format; did you mean %s? loganalyze formats lists all", name, like)
	}
	return fmt.Errorf("--log-format: %w", err)
}

// zone reads the name of a zone, or an offset.
func zone(s string) (*time.Location, error) {
	if t, err := time.Parse("-07:00", s); err == nil {
		_, offset := t.Zone()
		return time.FixedZone(s, offset), nil
	}
	if strings.EqualFold(s, "local") {
		return time.Local, nil
	}
	if loc, err := time.LoadLocation(s); err == nil && s != "" {
		return loc, nil
	}
	return nil, errors.New("it is no zone; write an IANA name such as Asia/Tokyo, local, UTC, or an offset such as +09:00")
}
