package routers_test

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"

	"github.com/loganalyze/loganalyze/middleware"
)

// echoRoute tells the log which route echo found, and which error the handler
// returned.
func echoRoute(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		ctx := c.Request().Context()
		middleware.SetRoute(ctx, c.Path())
		err := next(c)
		middleware.SetError(ctx, err)
		return err
	}
}

func newEcho(recovery bool) http.Handler {
	e := echo.New()
	e.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	e.Use(echoRoute)
	if recovery {
		e.Use(echomiddleware.Recover())
	}
	e.Group("/users").GET("/:id", func(c *echo.Context) error {
		if c.Param("id") == "0" {
			return echo.NewHTTPError(http.StatusNotFound, "no such user")
		}
		return c.String(http.StatusOK, "hello "+c.Param("id"))
	})
	e.GET("/panics", func(*echo.Context) error { panic("boom") })
	e.GET("/panics-late", func(c *echo.Context) error {
		io.WriteString(c.Response(), "hello")
		c.Response().(http.Flusher).Flush()
		panic("boom")
	})
	return e
}

// The Logger is outermost, echo's Recover inside it. echo writes a parameter as :id.
func Example_echo() {
	serve(func(l *middleware.Logger) http.Handler { return l.Handler(newEcho(true)) })
	// Output:
	// GET /users/7: 200 route=/users/:id
	// GET /users/0: 404 route=/users/:id
	// GET /panics: 500 route=/panics
	// GET /nothing: 404 route=
}
