package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// response ends the invocation with the function's answer. A function that
// fails in the middle of a stream says so in trailers.
//
// A response in the mode "streaming" is taken as a whole, because neither an
// HTTP API nor Invoke asks for a stream; so Lambda's own server does it
// (aws/aws-lambda-runtime-interface-emulator, internal/lambda/core/directinvoke:
// sendPayloadLimitedResponse). It is also the source of the errors here
// (internal/lambda/rapi/handler/invocationresponse.go).
func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	body, tooLarge, err := read(r, maxResponse)
	rep := reply{at: arrival(r), status: statusSuccess, payload: body, memoryKB: a.memoryKB()}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		rep.status, rep.errorType = statusError, validType(kind)
		rep.payload = errorObject(kind, "")
		if b, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err == nil && len(b) > 0 {
			rep.payload = b
		}
	}
	mode := r.Header.Get("Lambda-Runtime-Function-Response-Mode")
	answer := accept
	switch {
	case err != nil:
		rep.fail("Runtime.TruncatedResponse", "The response ended before it was complete.")
		answer = refusal(http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated")
	case mode != "" && mode != "streaming":
		rep.fail("Runtime.InvalidResponseModeHeader", "")
		rep.payload = []byte{}
		answer = refusal(http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode")
	case tooLarge:
		rep.fail("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse))
		answer = refusal(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
	}
	a.finish(w, r, toResponse, rep, answer)
}

func (r *reply) fail(kind, message string) {
	r.status, r.errorType, r.payload = statusError, kind, errorObject(kind, message)
}

// error ends the invocation with the error that the runtime reports. A cause
// for X-Ray (Lambda-Runtime-Function-XRay-Error-Cause) is taken and goes nowhere.
func (a *runtimeAPI) error(w http.ResponseWriter, r *http.Request) {
	body, tooLarge, err := read(r, maxResponse)
	if err != nil {
		return // the connection broke: there is nobody to answer
	}
	rep := reply{at: arrival(r), status: statusError, errorType: errorType(r), payload: body, memoryKB: a.memoryKB()}
	if tooLarge || len(body) == 0 {
		// The OpenAPI description: the type stands in for a body that is not there
		// or cannot be read.
		rep.payload = errorObject(rep.errorType, "")
	}
	a.finish(w, r, toError, rep, accept)
}

// finish ends the invocation that the request's path names, if it is the one
// under way, and answers. One that has been answered is refused for the state
// that the runtime is in, any other for its id.
func (a *runtimeAPI) finish(w http.ResponseWriter, r *http.Request, to string, rep reply, answer func(http.ResponseWriter)) {
	a.mu.Lock()
	state := a.state
	known := a.id != "" && a.id == r.PathValue("id")
	if known && state == stateRunning {
		a.current.ended = true
		a.state = stateResponseSent
		a.answered()
		a.current.done <- rep
	}
	a.mu.Unlock()
	switch {
	case !known:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case state != stateRunning:
		refuseState(w, state, to)
	default:
		answer(w)
	}
}

func (a *runtimeAPI) initError(w http.ResponseWriter, r *http.Request) {
	body, _, err := read(r, maxResponse)
	if err != nil {
		return
	}
	a.mu.Lock()
	state := a.state
	if state == stateStarted {
		a.state = stateInitError
	}
	a.mu.Unlock()
	if state != stateStarted {
		refuseState(w, state, stateInitError)
		return
	}
	accept(w)
	a.initFailed <- initFailure{arrival(r), errorType(r), body}
}

// errorType is what the runtime says of its error in the header.
func errorType(r *http.Request) string {
	return validType(r.Header.Get("Lambda-Runtime-Function-Error-Type"))
}

var isErrorType = regexp.MustCompile(`(Runtime|Function)\.[A-Z][a-zA-Z]+`)

// validType is the error type that goes into the log: Lambda takes those that
// have the form category.Reason somewhere in them and calls others unknown. Its
// own expression has no anchors, either
// (aws/aws-lambda-runtime-interface-emulator, internal/lambda/fatalerror,
// GetValidRuntimeOrFunctionErrorType).
func validType(kind string) string {
	switch {
	case isErrorType.MatchString(kind):
		return kind
	case strings.HasPrefix(kind, "Function."):
		return "Function.Unknown"
	}
	return "Runtime.Unknown"
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

func refusal(status int, kind, message string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { refuse(w, status, kind, message) }
}

// refuseState refuses what the state of the runtime does not permit.
func refuseState(w http.ResponseWriter, from, to string) {
	refuse(w, http.StatusForbidden, "InvalidStateTransition", fmt.Sprintf("State transition from %s to %s failed for runtime. Error: State transition is not allowed", from, to))
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
