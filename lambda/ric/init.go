package ric

import "github.com/coldcrank/coldcrank/lambda/ric/bare"

// Error is an error as Lambda shows it. A handler that returns one decides
// itself what the caller sees; of other errors it is the name of the type and
// the message.
type Error = bare.Error

// Frame is a line of a stack trace.
type Frame = bare.Frame

// WithStack returns the error as Lambda shows it, with the stack of the caller.
func WithStack(err error) *Error {
	e := bare.WithStack(err)
	e.Stack = e.Stack[1:] // this function
	return e
}

// InitError reports that the function cannot start, and ends the process with
// status 1. It is called before Start, by a main that cannot get what the
// function needs: the error is then what Lambda logs and answers, where the log
// of a process that just exits has no more than Runtime.ExitError.
func InitError(err error) { bare.InitError(err) }

// StartInit starts the handler that an init makes. An error of it is reported as
// by InitError, and so is its panic, with the stack.
func StartInit(init func() (Handler, error)) {
	bare.StartInit(func() (bare.Handler, error) {
		h, err := init()
		return bound(h), err
	})
}
