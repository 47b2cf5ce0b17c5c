package sandbox

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/extensions"
)

// maxResponse is what a synchronous response may hold: 6 MB and 100 bytes, as
// Lambda's own message for a larger one says ("Response payload size exceeded
// maximum allowed payload size (6291556 bytes)"); the quota is on
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxResponse = 6<<20 + 100

// maxPlainEvent is the size from which Lambda sends an event to the runtime in
// chunks instead of announcing its length.
const maxPlainEvent = 100 << 10

// runtimeAPI serves the Runtime API, version 2018-06-01, to one process:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// with the statuses of the OpenAPI description that the page links to.
//
// The server is net/http's. What it adds before a handler runs does not enter
// the times, because they are those of the bytes' arrival: see stampedConn.
type runtimeAPI struct {
	server *http.Server
	addr   string

	ready      chan time.Time   // arrival of what ends the init: the first /next, or that of an extension
	initFailed chan initFailure // of the first init/error before it
	memoryKB   func() int
	extensions *extensions.API

	mu      sync.Mutex
	state   string        // one of the runtime's
	id      string        // of the event that the runtime has, or has answered last; empty while it waits
	current *invocation   // the one that was offered last
	offered chan struct{} // closed when current is another one
	between chan struct{} // closed by the /next after an answer; nil before one and from then on
	since   time.Time     // of between
	leash   *time.Timer   // ends a runtime that stays away; nil without between
}

// The states of a runtime, as Lambda names them to it where it refuses a
// request (aws/aws-lambda-runtime-interface-emulator,
// internal/lambda/core/statejson).
const (
	stateStarted      = "Started"
	stateReady        = "Ready"        // waits for an event
	stateRunning      = "Running"      // has one, and has not answered
	stateResponseSent = "ResponseSent" // has answered, and not asked for the next
	stateInitError    = "InitError"

	toResponse = "InvocationResponse"
	toError    = "InvocationErrorResponse"
)

// initFailure is what a runtime posts to init/error.
type initFailure struct {
	at        time.Time
	errorType string
	body      []byte
}

// invocation is a request on its way through the Runtime API.
type invocation struct {
	Request
	timeout    time.Duration
	start      time.Time // of its Duration
	suppressed bool      // start is that of a suppressed init, else of the delivery

	delivered chan struct{} // closed when /next was answered; start is set then
	done      chan reply
	ended     bool // of the runtimeAPI: done has its reply, or nobody waits for it any more
}

// reply ends an invocation.
type reply struct {
	at        time.Time
	status    string
	errorType string
	payload   []byte
	line      string // what Lambda logs beside it; empty for nothing
	memoryKB  int    // high-water mark at that time; 0: not known
}

// listen starts to serve. The listener exists before the time of a spawn is
// taken.
func listen(memoryKB func() int, f extensions.Function) (*runtimeAPI, error) {
	config := net.ListenConfig{Control: stampArrivals}
	l, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the Runtime API: %w", err)
	}
	a := &runtimeAPI{
		addr:       l.Addr().String(),
		ready:      make(chan time.Time, 1),
		initFailed: make(chan initFailure, 1),
		memoryKB:   memoryKB,
		state:      stateStarted,
		offered:    make(chan struct{}),
	}
	a.extensions = extensions.New(f, arrival, func(at time.Time) { a.ready <- at })
	mux := http.NewServeMux()
	mux.Handle("/2020-01-01/", a.extensions)
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", a.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", a.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", a.error)
	mux.HandleFunc("POST "+base+"init/error", a.initError)
	// GET is HEAD as well to ServeMux, and a HEAD would take an event along.
	mux.HandleFunc("HEAD "+base+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
	})
	a.server = &http.Server{
		Handler: mux,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, stampKey{}, c)
		},
		// A connection that a killed process leaves behind is no news.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go a.server.Serve(stampedListener{l}) // ends with ErrServerClosed
	return a, nil
}

// offer hands an invocation to whoever asks for the next event. The one before
// has ended.
func (a *runtimeAPI) offer(in *invocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.current = in
	close(a.offered)
	a.offered = make(chan struct{})
}

// withdraw ends an invocation for the runtime: it is not delivered any more, and
// when it began does not change.
func (a *runtimeAPI) withdraw(in *invocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	in.ended = true
}

// next answers with the next event, or waits for one. A runtime that asks again
// before it has answered gets the same event again, and one that asks twice at
// once gets it twice: so Lambda's own server does it
// (aws/aws-lambda-runtime-interface-emulator, internal/lambda/core/states.go:
// Ready of RuntimeRunningState and of RuntimeReadyState).
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	at := arrival(r)
	a.mu.Lock()
	switch a.state {
	case stateInitError:
		a.mu.Unlock()
		refuseState(w, stateInitError, stateReady)
		return
	case stateStarted:
		a.state = stateReady
		a.extensions.RuntimeAsked(at)
	case stateResponseSent:
		a.state, a.id = stateReady, ""
		a.asks()
	}
	for a.current == nil || a.current.ended {
		offered := a.offered
		a.mu.Unlock()
		select {
		case <-offered:
		case <-r.Context().Done():
			return
		}
		a.mu.Lock()
	}
	if r.Context().Err() != nil {
		a.mu.Unlock() // the connection broke meanwhile: the event is for the next one
		return
	}
	in := a.current
	if a.state != stateRunning {
		a.state, a.id = stateRunning, in.ID
		if !in.suppressed {
			in.start = time.Now()
		}
		close(in.delivered)
	}
	in.setHeader(w.Header())
	a.mu.Unlock()
	// An error here is a connection that broke: the process exits, or the
	// invocation times out.
	w.Write(in.Payload)
}

// setHeader gives the answer to /next its header ("Next invocation" of the
// page). What an invocation does not have is not there.
func (in *invocation) setHeader(h http.Header) {
	for _, line := range [][2]string{
		{"Content-Type", "application/json"},
		{"Lambda-Runtime-Aws-Request-Id", in.ID},
		{"Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.start.Add(in.timeout).UnixMilli(), 10)},
		{"Lambda-Runtime-Invoked-Function-Arn", in.ARN},
		{"Lambda-Runtime-Trace-Id", in.TraceID},
		{"Lambda-Runtime-Client-Context", in.ClientContext},
	} {
		if line[1] != "" {
			h.Set(line[0], line[1])
		}
	}
	if len(in.Payload) <= maxPlainEvent {
		h.Set("Content-Length", strconv.Itoa(len(in.Payload)))
	}
}
