package peers

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"
	"github.com/gorilla/handlers"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/hlog"
	sloghttp "github.com/samber/slog-http"
	"github.com/urfave/negroni/v3"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	loganalyze "github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// said is what a peer said of one response.
type said struct {
	status int
	bytes  int64 // -1 where the peer does not count them
}

type wrap = func(http.Handler) http.Handler

// peer is a package that logs or measures responses, outermost around a handler as
// its documentation shows it. Where a panic is concerned it has no recovery.
type peer struct {
	name, module string
	late         bool                       // the line of a hijacked connection waits for its end
	says         func(note func(said)) wrap // tells what it recorded
	logs         func(w io.Writer) wrap     // writes a dozen fields, or those that it has
}

var peers = []peer{{
	name: "loganalyze", module: "github.com/loganalyze/loganalyze", late: true,
	says: func(note func(said)) wrap {
		return loganalyze.New(lineFunc(func(line []byte) {
			var r accesslog.Record
			if err := accesslog.ParseJSON(line, &r); err != nil {
				panic(err)
			}
			note(said{r.Status.Value, r.ResponseBytes.Value})
		})).Handler
	},
	logs: func(w io.Writer) wrap { return loganalyze.New(w).Handler },
}, {
	name: "negroni.Logger", module: "github.com/urfave/negroni/v3",
	says: func(note func(said)) wrap {
		return inNegroni(lineFunc(func(line []byte) {
			status, err := strconv.Atoi(strings.TrimSpace(string(line)))
			if err != nil {
				panic(err)
			}
			note(said{status, -1})
		}), "{{.Status}}")
	},
	logs: func(w io.Writer) wrap {
		return inNegroni(w, "{{.StartTime}} {{.Status}} {{.Duration}} {{.Hostname}} {{.Method}} {{.Path}} {{.Request.Pattern}} "+
			"{{.Request.RemoteAddr}} {{.Request.Proto}} {{.Request.UserAgent}} {{.Request.Referer}} {{.Request.ContentLength}}")
	},
}, {
	name: "httplog", module: "github.com/go-chi/httplog/v3",
	says: func(note func(said)) wrap {
		return inHTTPLog(jsonLines(func(v map[string]any) {
			note(said{int(v[httplog.SchemaOTEL.ResponseStatus].(float64)), int64(v[httplog.SchemaOTEL.ResponseBytes].(float64))})
		}))
	},
	logs: inHTTPLog,
}, {
	name: "slog-http", module: "github.com/samber/slog-http",
	says: func(note func(said)) wrap {
		return sloghttp.New(slog.New(slog.NewJSONHandler(jsonLines(func(v map[string]any) {
			response := v["response"].(map[string]any)
			note(said{int(response["status"].(float64)), int64(response["length"].(float64))})
		}), nil)))
	},
	logs: func(w io.Writer) wrap {
		c := sloghttp.DefaultConfig()
		c.WithUserAgent = true
		return sloghttp.NewWithConfig(slog.New(slog.NewJSONHandler(w, nil)), c)
	},
}, {
	name: "chi middleware.Logger", module: "github.com/go-chi/chi/v5",
	says: func(note func(said)) wrap { return middleware.RequestLogger(chiFormat(note)) },
	logs: func(w io.Writer) wrap {
		return middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: log.New(w, "", log.LstdFlags), NoColor: true})
	},
}, {
	name: "gorilla/handlers", module: "github.com/gorilla/handlers",
	says: func(note func(said)) wrap {
		return func(next http.Handler) http.Handler {
			return handlers.CustomLoggingHandler(io.Discard, next, func(_ io.Writer, p handlers.LogFormatterParams) {
				note(said{p.StatusCode, int64(p.Size)})
			})
		}
	},
	logs: func(w io.Writer) wrap {
		return func(next http.Handler) http.Handler { return handlers.CombinedLoggingHandler(w, next) }
	},
}, {
	name: "zerolog hlog", module: "github.com/rs/zerolog",
	says: func(note func(said)) wrap {
		return hlog.AccessHandler(func(_ *http.Request, status, size int, _ time.Duration) { note(said{status, int64(size)}) })
	},
	logs: func(w io.Writer) wrap {
		inContext := hlog.NewHandler(zerolog.New(w).With().Timestamp().Logger())
		access := hlog.AccessHandler(func(r *http.Request, status, size int, d time.Duration) {
			hlog.FromRequest(r).Info().Str("method", r.Method).Str("route", r.Pattern).Str("path", r.URL.Path).Int("status", status).
				Dur("duration", d).Int64("request_bytes", r.ContentLength).Int("response_bytes", size).
				Str("client", r.RemoteAddr).Str("host", r.Host).Str("proto", r.Proto).
				Str("user_agent", r.UserAgent()).Str("referer", r.Referer()).Msg("http_request")
		})
		return func(next http.Handler) http.Handler { return inContext(access(next)) }
	},
}, {
	name: "httpsnoop", module: "github.com/felixge/httpsnoop",
	says: func(note func(said)) wrap {
		return snoop(func(_ *http.Request, m httpsnoop.Metrics) { note(said{m.Code, m.Written}) })
	},
	logs: func(w io.Writer) wrap {
		l := slog.New(slog.NewJSONHandler(w, nil))
		return snoop(func(r *http.Request, m httpsnoop.Metrics) {
			l.LogAttrs(r.Context(), slog.LevelInfo, "http_request",
				slog.String("method", r.Method), slog.String("route", r.Pattern), slog.String("path", r.URL.Path),
				slog.Int("status", m.Code), slog.Duration("duration", m.Duration),
				slog.Int64("request_bytes", r.ContentLength), slog.Int64("response_bytes", m.Written),
				slog.String("client", r.RemoteAddr), slog.String("host", r.Host), slog.String("proto", r.Proto),
				slog.String("user_agent", r.UserAgent()), slog.String("referer", r.Referer()))
		})
	},
}, {
	name: "otelhttp", module: "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	says: func(note func(said)) wrap {
		return inOTel(spanFunc(func(s trace.ReadOnlySpan) {
			var got said
			for _, a := range s.Attributes() {
				switch a.Key {
				case "http.response.status_code":
					got.status = int(a.Value.AsInt64())
				case "http.response.body.size":
					got.bytes = a.Value.AsInt64()
				}
			}
			note(got)
		}))
	},
	logs: func(io.Writer) wrap { return inOTel(spanFunc(func(trace.ReadOnlySpan) {})) },
}}

// lineFunc is a writer of whole lines.
type lineFunc func(line []byte)

func (f lineFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}

func jsonLines(f func(map[string]any)) io.Writer {
	return lineFunc(func(line []byte) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			panic(err)
		}
		f(v)
	})
}

func inNegroni(w io.Writer, format string) wrap {
	l := negroni.NewLogger()
	l.ALogger = log.New(w, "", 0)
	l.SetFormat(format)
	return func(next http.Handler) http.Handler { return negroni.New(l, negroni.Wrap(next)) }
}

func inHTTPLog(w io.Writer) wrap {
	return httplog.RequestLogger(slog.New(slog.NewJSONHandler(w, nil)), &httplog.Options{Schema: httplog.SchemaOTEL})
}

func snoop(done func(*http.Request, httpsnoop.Metrics)) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			done(r, httpsnoop.CaptureMetrics(next, w, r))
		})
	}
}

func inOTel(done trace.SpanExporter) wrap {
	return otelhttp.NewMiddleware("server",
		otelhttp.WithTracerProvider(trace.NewTracerProvider(trace.WithSyncer(done))),
		otelhttp.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))))
}

// spanFunc is called with each span that ends.
type spanFunc func(trace.ReadOnlySpan)

func (f spanFunc) ExportSpans(_ context.Context, spans []trace.ReadOnlySpan) error {
	for _, s := range spans {
		f(s)
	}
	return nil
}

func (spanFunc) Shutdown(context.Context) error { return nil }

// chiFormat is told what chi's own formatter is told.
type chiFormat func(said)

func (f chiFormat) NewLogEntry(*http.Request) middleware.LogEntry { return f }
func (f chiFormat) Panic(any, []byte)                             {}
func (f chiFormat) Write(status, bytes int, _ http.Header, _ time.Duration, _ any) {
	f(said{status, int64(bytes)})
}
