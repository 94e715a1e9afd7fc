package middleware

import "github.com/loganalyze/loganalyze/middleware/accesslog"

// Schema sets the vocabulary of the lines: accesslog.OpenTelemetry(),
// accesslog.ElasticCommonSchema() or accesslog.GoogleCloud(project), for whatever collects
// the log. Without this option it is accesslog's own. The analyzer reads them all.
func Schema(p accesslog.Preset) Option {
	return func(l *Logger) { l.out.preset = p }
}
