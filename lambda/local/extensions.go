package local

import (
	"net/http"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/extensions"
)

// Extensions is the Extensions API (/2020-01-01/) for one start of a Program: who
// serves a Runtime API by himself adds it, so that functions with an internal extension
// get through their init. Events of an extension never come.
func Extensions() http.Handler {
	return extensions.New(extensions.Function{Name: "function", Version: "1", Handler: "bootstrap"},
		func(*http.Request) time.Time { return time.Now() }, func(time.Time) {})
}
