package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

// formatConfig is a format that the config file gives a name.
type formatConfig struct {
	LogFormat string            `toml:"log_format"`
	Fields    map[string]string `toml:"fields"`
	TZ        string            `toml:"tz"`
}

// configure sets the flags that were not given from LOGANALYZE_* in the environment, or else
// from the config file, and returns the file's formats. That a file cannot be read for which
// nobody asked is said on stderr, and no error.
func configure(flags *pflag.FlagSet, lookupEnv func(string) (string, bool), stderr io.Writer) (map[string]formatConfig, error) {
	if err := fromEnv(flags, flags.Lookup("config"), lookupEnv); err != nil {
		return nil, err
	}
	c, err := readConfig(flags)
	if err != nil {
		return nil, err
	}
	flags.VisitAll(func(f *pflag.Flag) {
		err = errors.Join(err, fromEnv(flags, f, lookupEnv), c.set(flags, f))
	})
	if c.unread != nil && flags.Lookup("quiet").Value.String() != "true" {
		say(stderr, fmt.Sprintf("the config file is left out: %v; --config FILE names another", c.unread))
	}
	return c.formats, err
}

func fromEnv(flags *pflag.FlagSet, f *pflag.Flag, lookupEnv func(string) (string, bool)) error {
	name := "LOGANALYZE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
	value, ok := lookupEnv(name)
	if !ok || value == "" || f.Changed || !configurable(f.Name) && f.Name != "config" {
		return nil
	}
	if err := flags.Set(f.Name, value); err != nil {
		return wrongValue(name, err)
	}
	return nil
}

// wrongValue says of a value that a flag does not take what it takes, in words that name no
// functions of Go. The setting is called as where it stands.
func wrongValue(setting string, err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", setting, err)
	}
	takes := wrong.Unwrap().Error()
	switch wrong.GetFlag().Value.Type() {
	case "int":
		takes = "it is a whole number"
	case "bool":
		takes = "it is true or false"
	}
	return fmt.Errorf("%s %q: %s", setting, wrong.GetValue(), takes)
}

// configurable reports whether a flag is a setting, and not something to be done once.
func configurable(flag string) bool {
	return flag != "help" && flag != "version" && flag != "config" && flag != "save"
}

// config is a config file.
type config struct {
	path    string
	text    string
	flags   map[string]any // by the flag's name
	formats map[string]formatConfig
	unread  error // the usual file is there, and cannot be read
}

// readConfig reads the file that --config names, or else the usual one if there is any.
func readConfig(flags *pflag.FlagSet) (*config, error) {
	c := &config{path: flags.Lookup("config").Value.String()}
	named := c.path != ""
	if !named {
		dir, err := os.UserConfigDir()
		if err != nil {
			return c, nil // there is no usual place
		}
		c.path = filepath.Join(dir, "loganalyze", "config.toml")
	}
	data, err := os.ReadFile(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return c, nil
	case err != nil && !named:
		c.unread = err // it is somebody else's, as under sudo
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("cannot read the config file: %w; name another with --config", err)
	}
	c.text = string(data)
	return c, c.decode(flags)
}

func (c *config) decode(flags *pflag.FlagSet) error {
	var known struct {
		Formats map[string]formatConfig `toml:"formats"`
	}
	md, err := toml.Decode(c.text, &known)
	if err == nil {
		_, err = toml.Decode(c.text, &c.flags)
	}
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		message := strings.ReplaceAll(syntax.Message, `'\n'`, "the end of the line")
		return fmt.Errorf("%s:%d: %s; settings are written as top = 20, and text in quotes", c.path, syntax.Position.Line, message)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	c.formats = known.Formats
	var errs []error
	for _, key := range md.Undecoded() {
		flag := strings.ReplaceAll(key[0], "_", "-")
		switch {
		case len(key) == 1 && flags.Lookup(flag) != nil && configurable(flag):
		case len(key) == 1:
			errs = append(errs, fmt.Errorf("%s: there is no setting %s; settings are called as flags are, and formats stand under [formats.NAME]", c.at(key), key))
		default:
			errs = append(errs, fmt.Errorf("%s: there is no setting %s; a format has log_format, fields and tz", c.at(key), key))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.formats)) {
		errs = append(errs, c.check(name, c.formats[name]))
	}
	return errors.Join(errs...)
}

// check refuses formats that nothing could be read by, also those that are not asked for.
func (c *config) check(name string, f formatConfig) error {
	key := toml.Key{"formats", name}
	var errs []error
	if _, ok := format.ByName(name); ok || name == "auto" {
		errs = append(errs, fmt.Errorf("%s: there is a format %s already; choose another name", c.at(key), name))
	}
	if f.LogFormat != "" {
		if _, err := format.FromString(f.LogFormat); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.at(append(key, "log_format")), err))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(f.Fields)) {
		if err := format.CheckField(field); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.at(append(key, "fields", field)), err))
		}
	}
	if f.TZ != "" {
		if _, err := zone(f.TZ); err != nil {
			errs = append(errs, fmt.Errorf("%s: %q: %w", c.at(append(key, "tz")), f.TZ, err))
		}
	}
	return errors.Join(errs...)
}

// set gives a flag that was not set the value in the file.
func (c *config) set(flags *pflag.FlagSet, f *pflag.Flag) error {
	name := strings.ReplaceAll(f.Name, "-", "_")
	value, ok := c.flags[name]
	if !ok {
		name = f.Name
		value, ok = c.flags[name]
	}
	if !ok || f.Changed {
		return nil
	}
	if f.Name == "tz" && c.formats[flags.Lookup("log-format").Value.String()].TZ != "" {
		return nil // the format's own says more
	}
	values, several := value.([]any)
	if !several {
		values = []any{value}
	}
	for _, v := range values {
		if err := flags.Set(f.Name, fmt.Sprint(v)); err != nil {
			return wrongValue(c.at(toml.Key{name})+": "+name, err)
		}
	}
	return nil
}

// at is the file and the line of key, or of the table that it is in.
func (c *config) at(key toml.Key) string {
	found, longest, table := 0, -1, ""
	for i, line := range strings.Split(c.text, "\n") {
		name, _, isKey := strings.Cut(strings.TrimSpace(line), "=")
		switch name = strings.Map(bare, name); {
		case strings.HasPrefix(strings.TrimSpace(line), "["):
			table = strings.Trim(name, "[]") + "."
			name = strings.Trim(name, "[]")
		case isKey:
			name = table + name
		default:
			continue
		}
		if strings.HasPrefix(strings.Join(key, ".")+".", name+".") && len(name) > longest {
			found, longest = i+1, len(name)
		}
	}
	if found == 0 {
		return c.path
	}
	return fmt.Sprintf("%s:%d", c.path, found)
}

// bare drops quotes and spaces, which may stand around the parts of a key.
func bare(r rune) rune {
	if r == ' ' || r == '\t' || r == '"' || r == '\'' {
		return -1
	}
	return r
}
