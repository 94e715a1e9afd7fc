package format

import "bytes"

var errNotConsole = &LineError{Kind: Other, Msg: "it has no time and level between tabs"}

// levels are those of zap, as its JSON has them.
var levels = [][]byte{
	[]byte("info"), []byte("warn"), []byte("error"), []byte("debug"), []byte("dpanic"), []byte("panic"), []byte("fatal"),
}

var consoleKeys = struct{ time, level, logger, msg []byte }{[]byte("ts"), []byte("level"), []byte(loggerKey), []byte("msg")}

// console walks over a line of zap's console encoder, which Caddy has, too: time, level, maybe a
// logger's name and the place in the source, a message, and all else as JSON, with tabs between
// them. The first ones are handed over under the keys that zap's JSON has for them.
func (w *walker) console(line []byte) *LineError {
	stamp, rest, _ := bytes.Cut(line, tab)
	name, rest, ok := bytes.Cut(rest, tab)
	level := levelOf(name)
	if !ok || level == nil || len(stamp) == 0 || stamp[0]-'0' > 9 {
		return errNotConsole
	}
	fields := bytes.LastIndex(rest, []byte("\t{")) // a tab within the JSON is escaped
	words := rest
	if fields >= 0 {
		words = rest[:fields]
	}
	w.escaped = false
	w.src, w.pos, w.at = line, len(line)-len(rest)+fields+1, 0
	w.to.begin()
	w.pair(w.under(w.root, consoleKeys.time), stamp)
	w.pair(w.under(w.root, consoleKeys.level), level)
	if logger, _, more := bytes.Cut(words, tab); more && !isPlace(logger) {
		w.pair(w.under(w.root, consoleKeys.logger), logger)
	}
	w.pair(w.under(w.root, consoleKeys.msg), words[bytes.LastIndexByte(words, '\t')+1:])
	if fields >= 0 {
		if err := w.object(w.root, 0); err != nil {
			return err
		}
		if w.peek() != 0 || w.pos < len(line) {
			return w.wrong("nothing behind the JSON")
		}
	}
	w.to.end()
	return nil
}

var tab = []byte{'\t'}

// levelOf is the level of that name, in capitals or not, as zap's JSON has it; nil is none.
func levelOf(name []byte) []byte {
	for _, l := range levels {
		if bytes.EqualFold(name, l) {
			return l
		}
	}
	return nil
}

// isPlace tells file.go:12 from the name of a logger.
func isPlace(b []byte) bool {
	i := bytes.LastIndexByte(b, ':')
	return i >= 0 && i+1 < len(b) && b[i+1]-'0' <= 9
}

// learnZap is the learn function of a logger that writes by zap: in JSON, or for people.
func learnZap(s *schema, console *schema) func([][]byte, *Options) (dialect, bool) {
	json, people := learnKeyed(syntaxJSON, s), learnKeyed(syntaxConsole, console)
	return func(sample [][]byte, o *Options) (dialect, bool) {
		if d, ok := json(sample, o); ok {
			return d, true
		}
		return people(sample, o)
	}
}
