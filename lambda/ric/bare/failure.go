package bare

import (
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/jsonstring"
	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// Error is an error as Lambda shows it. A handler that returns one decides
// itself what the caller sees; of other errors it is the name of the type and
// the message.
type Error struct {
	Type    string // for example Orders.NotFound
	Message string
	Stack   []Frame // innermost first; may be empty
}

func (e *Error) Error() string { return e.Message }

// WithStack returns the error as Lambda shows it, with the stack of the caller.
func WithStack(err error) *Error {
	return &Error{Type: typeName(err), Message: err.Error(), Stack: stack(3)}
}

// failure is an invocation's or an init's error on its way.
type failure struct {
	Error
	exit   bool // the process is not fit for another event
	posted bool // Lambda knows
}

// failureOf describes what a handler returned.
func failureOf(err error) *failure {
	if e, ok := err.(*Error); ok && e != nil {
		return &failure{Error: *e}
	}
	return &failure{Error: Error{Type: typeName(err), Message: err.Error()}}
}

// protect calls f, and makes a failure of its error, of its panic, and of a
// runtime.Goexit.
func protect(f func() ([]byte, error)) (out []byte, failed *failure) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			// Goexit ends this goroutine: nobody would receive a failure.
			fatal("the handler called runtime.Goexit: exit")
		}
		if e, ok := v.(*Error); ok && e != nil {
			failed = &failure{Error: *e}
			return
		}
		failed = &failure{Error: Error{Type: typeName(v), Message: panicMessage(v), Stack: stack(3)}, exit: true}
	}()
	out, err := f()
	if err != nil {
		out, failed = nil, failureOf(err)
	}
	returned = true
	return out, failed
}

// header is the one of a post to …/error.
func (f *failure) header() []wire.Field {
	h := []wire.Field{userAgent, {Name: "Content-Type", Value: "application/json"}, f.typeField()}
	if cause := f.xray(); len(cause) < maxCause {
		h = append(h, wire.Field{Name: "Lambda-Runtime-Function-Xray-Error-Cause", Value: string(cause)})
	}
	return h
}

// typeField tells Lambda the error's type beside the error object. Of the form
// Function.Reason it is Lambda's own word for what came of the invocation, any
// other is Runtime.Unknown there (AWS's emulator, fatalerror.go,
// GetValidRuntimeOrFunctionErrorType).
func (f *failure) typeField() wire.Field {
	return wire.Field{Name: "Lambda-Runtime-Function-Error-Type", Value: f.Type[:min(len(f.Type), maxType)]}
}

const (
	// maxType is what a header has of a type, maxCause what it may have of a cause
	// for X-Ray: AWS's emulator takes no more than 1 MB of header lines, and 4 kB
	// beyond it for good measure (net/http, Server.MaxHeaderBytes).
	maxType  = 256
	maxCause = 1 << 20
	// maxObject is what an error object may have, as an answer
	// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html;
	// AWS's emulator, interop.MaxPayloadSize, breaks off at a larger one).
	maxObject = 6<<20 + 100
)

// report writes the error object to the function's log, and returns as much of it
// as fits into so many bytes.
func (f *failure) report(most int) []byte {
	b := f.object()
	say(string(b))
	if len(b) > most {
		b = f.cut(most)
	}
	return b
}

// cut is the error object of an error that is too large for so many bytes.
func (e Error) cut(most int) []byte {
	for {
		switch {
		case len(e.Stack) > 0 && len(e.Message) <= most/2:
			e.Stack = e.Stack[:len(e.Stack)/2]
		case len(e.Message) >= len(e.Type):
			e.Message = e.Message[:len(e.Message)/2]
		default:
			e.Type = e.Type[:len(e.Type)/2]
		}
		if b := e.object(); len(b) <= most {
			return b
		}
	}
}

// object is the error in the form of the Runtime API.
func (e *Error) object() []byte {
	b := append([]byte(nil), `{"errorMessage":`...)
	b = jsonstring.Append(b, []byte(e.Message))
	b = append(b, `,"errorType":`...)
	b = jsonstring.Append(b, []byte(e.Type))
	if len(e.Stack) > 0 {
		b = append(b, `,"stackTrace":`...)
		b = appendStack(b, e.Stack)
	}
	return append(b, '}')
}

// xray is the error as X-Ray shows it in a trace.
func (f *failure) xray() []byte {
	// A folder that is gone has no name: X-Ray does without it.
	dir, _ := syscall.Getwd()
	b := append([]byte(nil), `{"working_directory":`...)
	b = jsonstring.Append(b, []byte(dir))
	b = append(b, `,"exceptions":[{"type":`...)
	b = jsonstring.Append(b, []byte(f.Type))
	b = append(b, `,"message":`...)
	b = jsonstring.Append(b, []byte(f.Message))
	b = append(b, `,"stack":`...)
	b = appendStack(b, f.Stack)
	b = append(b, `}],"paths":[`...)
	for i, frame := range f.Stack {
		if !firstOf(f.Stack, i) {
			continue
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonstring.Append(b, []byte(frame.Path))
	}
	return append(b, `]}`...)
}

// firstOf says that no frame before the i-th is in the same file.
func firstOf(stack []Frame, i int) bool {
	for _, f := range stack[:i] {
		if f.Path == stack[i].Path {
			return false
		}
	}
	return true
}
