package ric

import (
	"context"
	"io"

	"github.com/coldcrank/coldcrank/lambda/ric/bare"
)

// StreamHandler writes its answer piece by piece. Each Write is sent at once. One
// goroutine at a time may write, and none after the handler has returned.
//
// An error, or a panic, after the first Write is told in the trailers of the
// stream, as much of it as they can hold: the caller has what came before it.
type StreamHandler func(ctx context.Context, event []byte, w io.Writer) error

// StartStream is Start for answers that are streamed. Whether Lambda hands the
// pieces on or waits for all of them depends on how the function is invoked: by
// a function URL with InvokeMode RESPONSE_STREAM or InvokeWithResponseStream it
// does, by an HTTP API or Invoke it does not
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
// The form is that of "Response streaming" in
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
func StartStream(o Options, h StreamHandler) {
	if h == nil {
		bare.StartStream(o, nil)
	}
	bare.StartStream(o, func(in *Invocation, event []byte, w io.Writer) error {
		ctx := newContext(in)
		defer ctx.end(context.Canceled)
		return h(ctx, event, w)
	})
}
