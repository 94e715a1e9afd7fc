package loggers_test

import (
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	fiberlogger "github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gorilla/handlers"
	echo4 "github.com/labstack/echo/v4"
	echo4middleware "github.com/labstack/echo/v4/middleware"
	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/hlog"
	sloghttp "github.com/samber/slog-http"
	"github.com/urfave/negroni/v3"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// loggers is the table.
func loggers() []logger {
	var all []logger
	for _, group := range [][]logger{own(), structured(), frameworks()} {
		all = append(all, group...)
	}
	return all
}

// own is this project's middleware.
func own() []logger {
	with := func(options ...middleware.Option) func(io.Writer, http.Handler) http.Handler {
		return func(log io.Writer, app http.Handler) http.Handler {
			return middleware.New(log, options...).Handler(app)
		}
	}
	return []logger{
		{name: "loganalyze", format: "loganalyze", unit: format.Milliseconds, handle: with()},
		{name: "loganalyze as OpenTelemetry", unit: format.Seconds, handle: with(middleware.Schema(accesslog.OpenTelemetry()))},
		{name: "loganalyze as ECS", unit: format.Nanoseconds, handle: with(middleware.Schema(accesslog.ElasticCommonSchema()))},
		{name: "loganalyze as Google Cloud", unit: format.Seconds, handle: with(middleware.Schema(accesslog.GoogleCloud("project")))},
		{name: "loganalyze by slog", format: "loganalyze", handle: func(log io.Writer, app http.Handler) http.Handler {
			return middleware.NewSlog(slog.NewJSONHandler(log, nil)).Handler(app)
		}},
		{name: "loganalyze by slog as text", format: "loganalyze", unit: format.Milliseconds, coarse: time.Millisecond, handle: func(log io.Writer, app http.Handler) http.Handler {
			return middleware.NewSlog(slog.NewTextHandler(log, nil)).Handler(app)
		}},
	}
}

// observed is what middleware written by hand knows of a request.
type observed struct {
	*http.Request
	status, size int
	took         time.Duration
}

// observe calls logged after each request, as middleware written by hand does.
func observe(app http.Handler, logged func(observed)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		ww := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
		app.ServeHTTP(ww, r)
		logged(observed{r, ww.Status(), ww.BytesWritten(), time.Since(begin)})
	})
}

// bySlog logs the attributes that most people choose.
func bySlog(l *slog.Logger, app http.Handler) http.Handler {
	return observe(app, func(o observed) {
		l.Info("request", "method", o.Method, "path", o.URL.Path, "status", o.status, "duration", o.took, "bytes", o.size, "remote_addr", o.RemoteAddr)
	})
}

// structured are the loggers of libraries.
func structured() []logger {
	httplogOf := func(schema *httplog.Schema) func(io.Writer, http.Handler) http.Handler {
		return func(log io.Writer, app http.Handler) http.Handler {
			l := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{ReplaceAttr: schema.ReplaceAttr}))
			return httplog.RequestLogger(l, &httplog.Options{Schema: schema})(app)
		}
	}
	return []logger{
		{name: "slog JSON", unit: format.Nanoseconds, decodes: true, handle: func(log io.Writer, app http.Handler) http.Handler {
			return bySlog(slog.New(slog.NewJSONHandler(log, nil)), app)
		}},
		{name: "slog text", decodes: true, coarse: time.Millisecond, handle: func(log io.Writer, app http.Handler) http.Handler {
			return bySlog(slog.New(slog.NewTextHandler(log, nil)), app)
		}},
		{name: "slog-http", decodes: true, unknown: []string{"duration", "bytes", "client"}, handle: func(log io.Writer, app http.Handler) http.Handler {
			return sloghttp.New(slog.New(slog.NewJSONHandler(log, nil)))(app)
		}},
		{name: "zerolog hlog", unit: format.Milliseconds, coarse: time.Second, handle: func(log io.Writer, app http.Handler) http.Handler {
			access := hlog.AccessHandler(func(r *http.Request, status, size int, took time.Duration) {
				hlog.FromRequest(r).Info().Str("method", r.Method).Stringer("url", r.URL).Int("status", status).Int("size", size).Dur("duration", took).Msg("")
			})
			chain := hlog.RemoteAddrHandler("ip")(hlog.UserAgentHandler("user_agent")(hlog.RefererHandler("referer")(hlog.RequestIDHandler("req_id", "Request-Id")(access(app)))))
			return hlog.NewHandler(zerolog.New(log).With().Timestamp().Logger())(chain)
		}},
		{name: "zap", unit: format.Seconds, decodes: true, handle: byZap(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()))},
		{name: "zap with times for people", unit: format.Seconds, decodes: true, handle: byZap(zapcore.NewJSONEncoder(readable()))},
		{name: "zap's console", format: "zap", unit: format.Seconds, decodes: true, handle: byZap(zapcore.NewConsoleEncoder(zap.NewProductionEncoderConfig()))},
		{name: "zap's console in development", format: "zap", unit: format.Seconds, decodes: true, coarse: time.Millisecond, handle: byZap(zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig()))},
		{name: "zap's console in colours", format: "zap", unit: format.Seconds, decodes: true, coarse: time.Millisecond, handle: byZap(zapcore.NewConsoleEncoder(coloured()))},
		{name: "httplog ECS", unit: format.Nanoseconds, decodes: true, coarse: time.Second, handle: httplogOf(httplog.SchemaECS)},
		{name: "httplog OTel", unit: format.Seconds, decodes: true, coarse: time.Second, handle: httplogOf(httplog.SchemaOTEL)},
		{name: "httplog Google Cloud", coarse: time.Second, handle: httplogOf(httplog.SchemaGCP)},
	}
}

func readable() zapcore.EncoderConfig {
	c := zap.NewProductionEncoderConfig()
	c.TimeKey, c.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	return c
}

func coloured() zapcore.EncoderConfig {
	c := zap.NewDevelopmentEncoderConfig()
	c.EncodeLevel = zapcore.CapitalColorLevelEncoder
	return c
}

func byZap(e zapcore.Encoder) func(io.Writer, http.Handler) http.Handler {
	return func(log io.Writer, app http.Handler) http.Handler {
		l := zap.New(zapcore.NewCore(e.Clone(), zapcore.AddSync(log), zap.InfoLevel), zap.AddCaller()).Named("web")
		return observe(app, func(o observed) {
			l.Info("request", zap.String("method", o.Method), zap.String("path", o.URL.Path), zap.Int("status", o.status),
				zap.Int("size", o.size), zap.Duration("duration", o.took), zap.String("remote_ip", o.RemoteAddr))
		})
	}
}

// frameworks are the loggers that routers and frameworks bring along.
func frameworks() []logger {
	return []logger{
		{name: "gin", format: "gin", decodes: true, coarse: time.Second, lacks: []string{"bytes"}, handle: byGin},
		{name: "gin in colours", format: "gin", decodes: true, coarse: time.Second, lacks: []string{"bytes"}, handle: func(log io.Writer, app http.Handler) http.Handler {
			gin.ForceConsoleColor()
			return byGin(log, app)
		}},
		{name: "negroni", format: "negroni", decodes: true, coarse: time.Second, lacks: []string{"bytes", "client"}, handle: func(w io.Writer, app http.Handler) http.Handler {
			l := negroni.NewLogger()
			l.ALogger = log.New(w, "[negroni] ", 0)
			n := negroni.New(l)
			n.UseHandler(app)
			return n
		}},
		{name: "chi", format: "chi", coarse: time.Second, handle: func(w io.Writer, app http.Handler) http.Handler {
			return byChi(w, app)
		}},
		{name: "chi with ids", format: "chi", coarse: time.Second, handle: func(w io.Writer, app http.Handler) http.Handler {
			return byChi(w, app, chimiddleware.RequestID)
		}},
		{name: "gorilla, combined", format: "combined", coarse: time.Second, lacks: []string{"duration"}, handle: handlers.CombinedLoggingHandler},
		{name: "gorilla, common", format: "common", coarse: time.Second, lacks: []string{"duration"}, handle: handlers.LoggingHandler},
		{name: "echo v4", unit: format.Nanoseconds, bare: true, handle: func(log io.Writer, app http.Handler) http.Handler {
			return byEcho4(app, echo4middleware.LoggerConfig{Output: log})
		}},
		{name: "echo v4, template", format: "echo-text", lacks: []string{"time", "duration", "bytes", "client"}, handle: func(log io.Writer, app http.Handler) http.Handler {
			return byEcho4(app, echo4middleware.LoggerConfig{Output: log, Format: "method=${method}, uri=${uri}, status=${status}\n"})
		}},
		{name: "echo v5", unit: format.Nanoseconds, handle: func(log io.Writer, app http.Handler) http.Handler {
			e := echo.New()
			e.Logger = slog.New(slog.NewJSONHandler(log, nil))
			e.Use(echomiddleware.RequestLogger())
			e.Any("/*", echo.WrapHandler(app))
			e.Add("PROPFIND", "/*", echo.WrapHandler(app))
			return e
		}},
		{name: "fiber", format: "fiber-text", lacks: []string{"time", "bytes"}, serve: byFiber(fiberlogger.Config{})},
		{name: "fiber, combined", bare: true, format: "combined", coarse: 2 * time.Second, lacks: []string{"duration", "bytes"}, serve: byFiber(fiberlogger.Config{Format: fiberlogger.CombinedFormat, TimeFormat: "02/Jan/2006:15:04:05 -0700"})},
		{name: "fiber JSON", bare: true, coarse: 2 * time.Second, lacks: []string{"duration", "bytes"}, serve: byFiber(fiberlogger.Config{Format: fiberlogger.JSONFormat, TimeFormat: time.RFC3339})},
	}
}

func byGin(log io.Writer, app http.Handler) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(gin.LoggerWithWriter(log))
	e.NoRoute(func(c *gin.Context) {
		app.ServeHTTP(c.Writer, c.Request)
		c.Writer.WriteHeaderNow()
	})
	return e
}

func byChi(w io.Writer, app http.Handler, before ...func(http.Handler) http.Handler) http.Handler {
	chi.RegisterMethod("PROPFIND")
	r := chi.NewRouter()
	r.Use(before...)
	r.Use(chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(w, "", log.LstdFlags)}))
	r.Handle("/*", app)
	return r
}

func byEcho4(app http.Handler, c echo4middleware.LoggerConfig) http.Handler {
	e := echo4.New()
	e.Use(echo4middleware.LoggerWithConfig(c))
	e.Any("/*", echo4.WrapHandler(app))
	return e
}

func byFiber(c fiberlogger.Config) func(*testing.T, io.Writer, http.Handler, net.Listener) {
	return func(t *testing.T, log io.Writer, handler http.Handler, l net.Listener) {
		app := fiber.New(fiber.Config{RequestMethods: append([]string{"PROPFIND"}, fiber.DefaultMethods...)})
		c := c
		c.Stream = log
		app.Use(fiberlogger.New(c))
		app.Use(adaptor.HTTPHandler(handler))
		stopped := make(chan error, 1)
		go func() { stopped <- app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() {
			if err := app.Shutdown(); err != nil {
				t.Error(err)
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}
