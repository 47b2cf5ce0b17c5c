// Package await is a Runtime API whose first invocation never comes: it tells when a
// program asks for it, or that its init has failed.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package await

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
)

// API is for one start of one program.
type API struct {
	Address string // host:port
	// Asked has the first request for an invocation, and Failed an *initfailure.Error,
	// that the init has failed, in its own words: once each. Neither is closed.
	Asked  <-chan Request
	Failed <-chan error

	server *http.Server
}

// Request is one for an invocation. It waits until Close.
type Request struct {
	From string    // its sender's address
	At   time.Time // its arrival; on Linux by the kernel, before anybody has read it
}

// Listen opens an API on loopback, which Close closes.
func Listen(ctx context.Context) (*API, error) {
	l, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	asked, failed := make(chan Request, 1), make(chan error, 1)
	var first, failure sync.Once
	mux := http.NewServeMux()
	mux.Handle("/2020-01-01/", local.Extensions())
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, r *http.Request) {
		// A second thread of the program may ask, too.
		first.Do(func() { asked <- Request{r.RemoteAddr, arrival(r.Context())} })
		<-r.Context().Done()
	})
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10)) // a part says enough
		failure.Do(func() { failed <- initfailure.Posted(body) })
		w.WriteHeader(http.StatusAccepted)
	})
	a := &API{Address: l.Addr().String(), Asked: asked, Failed: failed}
	a.server = &http.Server{Handler: mux, ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}}
	go a.server.Serve(l) // until Close
	return a, nil
}

// Close ends the API and its connections.
func (a *API) Close() error {
	if err := a.server.Close(); err != nil {
		return fmt.Errorf("close the Runtime API: %w", err)
	}
	return nil
}

// connKey is where a request's context has its connection.
type connKey struct{}
