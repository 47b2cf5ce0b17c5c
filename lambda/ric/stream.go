package ric

import (
	"context"
	"io"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// StreamHandler writes its answer piece by piece. Each Write is sent at once.
//
// An error, or a panic, after the first Write is told in the trailers of the
// stream: the caller has what came before it.
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
		InitError(&Error{Type: "Runtime.NoHandler", Message: "ric.StartStream was given no handler"})
	}
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	header := []wire.Field{
		userAgent,
		{Name: "Content-Type", Value: o.ContentType},
		{Name: "Lambda-Runtime-Function-Response-Mode", Value: "streaming"},
		{Name: "Trailer", Value: errorType + ", " + errorBody},
	}
	serve(func(ctx context.Context, l *loop, id string, event []byte) (*failure, error) {
		s := &stream{client: l.client, path: base + "invocation/" + id + "/response", header: header}
		_, failed := protect(func() ([]byte, error) { return nil, h(ctx, event, s) })
		if failed != nil && s.sent == nil {
			return failed, nil
		}
		var trailers []wire.Field
		if failed != nil {
			trailers = []wire.Field{{Name: errorType, Value: failed.Type}, {Name: errorBody, Value: base64(failed.body())}}
			failed.posted = true
		}
		a, err := s.begin().End(trailers)
		return failed, l.posted(id, "/response", &a, false, err)
	})
}

// The trailers of a stream that ends in an error.
const (
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
)

// stream begins to be sent with its first byte, so that a handler that fails
// before it has an ordinary error.
type stream struct {
	client *wire.Client
	path   string
	header []wire.Field
	sent   *wire.Stream
}

func (s *stream) begin() *wire.Stream {
	if s.sent == nil {
		s.sent = s.client.Stream(s.path, s.header)
	}
	return s.sent
}

func (s *stream) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return s.begin().Write(p)
}

// base64 is the standard encoding with padding. Package encoding/base64 makes its
// tables in every start of a program that has it.
func base64(data []byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	b := make([]byte, 0, (len(data)+2)/3*4)
	for ; len(data) > 0; data = data[min(3, len(data)):] {
		var group [3]byte
		n := copy(group[:], data)
		v := uint(group[0])<<16 | uint(group[1])<<8 | uint(group[2])
		quad := [4]byte{digits[v>>18], digits[v>>12&63], '=', '='}
		if n > 1 {
			quad[2] = digits[v>>6&63]
		}
		if n > 2 {
			quad[3] = digits[v&63]
		}
		b = append(b, quad[:]...)
	}
	return string(b)
}
