// Package ric is a Runtime Interface Client for functions on provided.al2023
// whose cold start matters: it asks Lambda's Runtime API for events, gives them
// to a handler and posts what it returns.
//
//	func main() {
//		ric.Start(func(ctx context.Context, event []byte) ([]byte, error) {
//			return []byte(`"hello"`), nil
//		})
//	}
//
// A handler gets bytes and returns bytes. Neither net, net/http, encoding/json,
// fmt nor os are below this package, because each of them makes a cold start
// longer; who wants more pays for it with an import: typed for JSON, richttp for
// an http.Handler, sigterm for a word before the environment ends. Who wants less
// takes bare, which has no context.
//
// The API is https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
// What is posted is what github.com/aws/aws-lambda-go posts for the same
// handler; docs/ric.md says where it differs.
package ric

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric/bare"
)

// Handler answers an event. Event and answer are JSON, unless whoever invokes
// the function directly agrees with it on something else. The event is the
// handler's, which may return it or keep it; the answer is not changed.
//
// The context ends at the invocation's deadline and carries an Invocation.
//
// An error becomes the invocation's error: Lambda shows its message and the name
// of its type, and those and a stack trace where it is an *Error. A panic does as
// well, and then ends the process, so that Lambda makes a new environment; one
// with an *Error is that error and no more.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// Options change what Start does; the zero value is what Start uses.
type Options = bare.Options

// Start serves events until the process is ended. It does not return: where the
// Runtime API is not there or breaks off, a line on stderr says so and the
// process exits with status 1.
func Start(h Handler) { StartWith(Options{}, h) }

// StartWith is Start with options.
func StartWith(o Options, h Handler) { bare.StartWith(o, bound(h)) }

// bound is a handler that makes the context of each invocation; of none there is
// none.
func bound(h Handler) bare.Handler {
	if h == nil {
		return nil
	}
	return func(in *Invocation, event []byte) ([]byte, error) {
		ctx := newContext(in)
		defer ctx.end(context.Canceled)
		return h(ctx, event)
	}
}
