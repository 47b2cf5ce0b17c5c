package bare

import (
	"io"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/base64"
	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// StreamHandler is ric.StreamHandler without a context.
type StreamHandler func(in *Invocation, event []byte, w io.Writer) error

// StartStream is Start for answers that are streamed, as ric.StartStream does it.
// The form is that of "Response streaming" in
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
func StartStream(o Options, h StreamHandler) {
	if h == nil {
		InitError(&Error{Type: "Runtime.NoHandler", Message: "StartStream was given no handler"})
	}
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	header := []wire.Field{
		userAgent,
		{Name: "Content-Type", Value: o.ContentType},
		{Name: "Lambda-Runtime-Function-Response-Mode", Value: "streaming"},
		{Name: "Trailer", Value: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"},
	}
	serve(func(l *loop, in *Invocation, event []byte) (*failure, error) {
		s := &stream{client: l.client, path: base + "invocation/" + in.RequestID + "/response", header: header}
		_, failed := protect(func() ([]byte, error) { return nil, h(in, event, s) })
		if failed != nil && s.sent == nil {
			return failed, nil
		}
		var trailers []wire.Field
		if failed != nil {
			object := base64.Append(nil, failed.report(maxTrailer))
			trailers = []wire.Field{failed.typeField(), {Name: "Lambda-Runtime-Function-Error-Body", Value: string(object)}}
			failed.posted = true
		}
		a, err := s.begin().End(trailers)
		return failed, l.posted(in.RequestID, "/response", &a, false, err)
	})
}

// maxTrailer is what an error object may have that is told in trailers: in base64
// and with the other trailer it has less than 4 kB then, the most that net/http,
// on which AWS's emulator is built, reads of them (transfer.go, body.readTrailer).
const maxTrailer = 2800

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
