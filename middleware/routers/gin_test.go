package routers_test

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/loganalyze/loganalyze/middleware"
)

// ginRoute tells the log which route gin found, and what its handlers say went wrong.
func ginRoute(c *gin.Context) {
	ctx := c.Request.Context()
	middleware.SetRoute(ctx, c.FullPath())
	c.Next()
	if err := c.Errors.Last(); err != nil {
		middleware.SetError(ctx, err)
	}
}

func newGin(recovery bool) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(ginRoute)
	if recovery {
		r.Use(gin.RecoveryWithWriter(io.Discard))
	}
	r.Group("/users").GET("/:id", func(c *gin.Context) {
		if c.Param("id") == "0" {
			c.String(http.StatusNotFound, "no such user")
			return
		}
		c.String(http.StatusOK, "hello %s", c.Param("id"))
	})
	r.GET("/panics", func(*gin.Context) { panic("boom") })
	r.GET("/panics-late", func(c *gin.Context) {
		c.String(http.StatusOK, "hello")
		c.Writer.Flush()
		panic("boom")
	})
	return r
}

// The Logger is outermost, gin's Recovery inside it. gin writes a parameter as :id.
func Example_gin() {
	serve(func(l *middleware.Logger) http.Handler { return l.Handler(newGin(true)) })
	// Output:
	// GET /users/7: 200 route=/users/:id
	// GET /users/0: 404 route=/users/:id
	// GET /panics: 500 route=/panics
	// GET /nothing: 404 route=
}
