package sandbox

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
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

	ready      chan time.Time   // arrival of the first /next
	initFailed chan initFailure // of the first init/error before it
	events     chan *invocation // at most the one that the environment serves
	memoryKB   func() int

	mu      sync.Mutex
	started bool
	current *invocation // delivered, and not answered
}

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
func listen(memoryKB func() int) (*runtimeAPI, error) {
	config := net.ListenConfig{Control: stampArrivals}
	l, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the Runtime API: %w", err)
	}
	a := &runtimeAPI{
		addr:       l.Addr().String(),
		ready:      make(chan time.Time, 1),
		initFailed: make(chan initFailure, 1),
		events:     make(chan *invocation, 1),
		memoryKB:   memoryKB,
	}
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", a.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", a.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", a.error)
	mux.HandleFunc("POST "+base+"init/error", a.initError)
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

// next answers with the next event, or waits for one.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	at := arrival(r)
	a.mu.Lock()
	busy := a.current != nil
	if !a.started && !busy {
		a.started = true
		a.ready <- at
	}
	a.mu.Unlock()
	if busy {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the invocation before is not answered")
		return
	}
	var in *invocation
	select {
	case in = <-a.events:
	case <-r.Context().Done():
		return
	}
	if r.Context().Err() != nil {
		a.events <- in // the connection broke meanwhile: for the next one
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", in.ID)
	h.Set("Lambda-Runtime-Invoked-Function-Arn", in.ARN)
	if in.TraceID != "" {
		h.Set("Lambda-Runtime-Trace-Id", in.TraceID)
	}
	if len(in.Payload) <= maxPlainEvent {
		h.Set("Content-Length", strconv.Itoa(len(in.Payload)))
	}
	a.mu.Lock()
	a.current = in
	if !in.suppressed {
		in.start = time.Now()
	}
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.start.Add(in.timeout).UnixMilli(), 10))
	close(in.delivered)
	a.mu.Unlock()
	// An error here is a connection that broke: the process exits, or the
	// invocation times out.
	w.Write(in.Payload)
}

// response ends the invocation with the function's answer. A function that
// fails in the middle of a stream says so in trailers.
func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	body, tooLarge, err := read(r, maxResponse)
	if err != nil {
		return // the connection broke: there is nobody to answer
	}
	rep := reply{at: arrival(r), status: statusSuccess, payload: body, memoryKB: a.memoryKB()}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		rep.status, rep.errorType = statusError, kind
		rep.payload = errorObject(kind, "")
		if b, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err == nil && len(b) > 0 {
			rep.payload = b
		}
	}
	if tooLarge {
		rep.status, rep.errorType = statusError, "Function.ResponseSizeTooLarge"
		rep.payload = errorObject(rep.errorType, fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse))
	}
	switch {
	case !a.finish(r.PathValue("id"), rep):
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case tooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
	default:
		accept(w)
	}
}

// error ends the invocation with the error that the runtime reports.
func (a *runtimeAPI) error(w http.ResponseWriter, r *http.Request) {
	body, tooLarge, err := read(r, maxResponse)
	if err != nil {
		return
	}
	rep := reply{at: arrival(r), status: statusError, errorType: errorType(r, body), payload: body, memoryKB: a.memoryKB()}
	if tooLarge {
		rep.payload = errorObject(rep.errorType, "")
	}
	if !a.finish(r.PathValue("id"), rep) {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	accept(w)
}

// finish ends the invocation with this id, if it is the one under way.
func (a *runtimeAPI) finish(id string, r reply) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == nil || a.current.ID != id {
		return false
	}
	a.current.done <- r
	a.current = nil
	return true
}

func (a *runtimeAPI) initError(w http.ResponseWriter, r *http.Request) {
	body, _, err := read(r, maxResponse)
	if err != nil {
		return
	}
	a.mu.Lock()
	started := a.started
	a.started = true // a runtime that gave up gets no event
	a.mu.Unlock()
	if started {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the init phase is over")
		return
	}
	accept(w)
	a.initFailed <- initFailure{arrival(r), errorType(r, body), body}
}

// errorType is what the runtime calls its error: in the header, else in the
// error object.
func errorType(r *http.Request, body []byte) string {
	var object struct {
		ErrorType string `json:"errorType"`
	}
	// A body that is no error object leaves the type unknown.
	_ = json.Unmarshal(body, &object)
	return cmp.Or(r.Header.Get("Lambda-Runtime-Function-Error-Type"), object.ErrorType, "Runtime.Unknown")
}

// read takes the whole body, so that the client gets to read the answer, and
// keeps at most limit bytes.
func read(r *http.Request, limit int64) (body []byte, tooLarge bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r.Body, limit))
	if err != nil {
		return nil, false, err
	}
	rest, err := io.Copy(io.Discard, r.Body)
	return body, rest > 0, err
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`+"\n")
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(errorObject(kind, message))
}

// errorObject is Lambda's error object, with its order of members.
func errorObject(kind, message string) []byte {
	b, err := json.Marshal(struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}{kind, message})
	if err != nil {
		panic(err) // two strings always marshal
	}
	return b
}
