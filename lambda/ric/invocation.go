package ric

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric/bare"
)

// Invocation is what Lambda says of an event beside the event.
type Invocation = bare.Invocation

// FromContext returns the invocation of a handler's context.
func FromContext(ctx context.Context) (*Invocation, bool) {
	in, ok := ctx.Value(invocationKey{}).(*Invocation)
	return in, ok
}

type invocationKey struct{}

// NewContext returns a context with an invocation, as a handler gets it: for the
// tests of handlers.
func NewContext(ctx context.Context, in *Invocation) context.Context {
	//lint:ignore SA1029 the key is AWS's
	return context.WithValue(context.WithValue(ctx, invocationKey{}, in), traceKey, in.TraceID)
}

// traceKey is the key under which aws-lambda-go keeps the trace id, and AWS's
// X-Ray SDK for Go looks for it (aws/aws-xray-sdk-go, xray/lambda.go,
// LambdaTraceHeaderKey).
const traceKey = "x-amzn-trace-id"
