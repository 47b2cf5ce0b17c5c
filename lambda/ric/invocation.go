package ric

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// Invocation is what Lambda says of an event beside the event. The deadline is
// the context's.
type Invocation struct {
	RequestID   string
	FunctionARN string // as invoked: with version or alias, where there was one
	TraceID     string // of X-Ray: Root=1-…;Parent=…;Sampled=1
	TenantID    string // of a function with tenant isolation

	// ClientContext is what the caller's SDK gave along, CognitoIdentity the
	// identity of a caller who came by Cognito. Both are the JSON that Lambda
	// sent, and empty for most invocations.
	ClientContext   string
	CognitoIdentity string
}

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

func invocation(a *wire.Answer) *Invocation {
	return &Invocation{
		RequestID:       a.Header("Lambda-Runtime-Aws-Request-Id"),
		FunctionARN:     a.Header("Lambda-Runtime-Invoked-Function-Arn"),
		TraceID:         a.Header("Lambda-Runtime-Trace-Id"),
		TenantID:        a.Header("Lambda-Runtime-Aws-Tenant-Id"),
		ClientContext:   a.Header("Lambda-Runtime-Client-Context"),
		CognitoIdentity: a.Header("Lambda-Runtime-Cognito-Identity"),
	}
}
