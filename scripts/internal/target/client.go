package target

import (
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// answerLimit bounds one attempt at a call, to the last byte of its answer. The
// SDK sets no bound of its own: an endpoint that takes a connection and says
// nothing would hold a run for ever.
const answerLimit = 30 * time.Second

func httpClient() aws.HTTPClient { return awshttp.NewBuildableClient().WithTimeout(answerLimit) }

// plainBodies is a client that shows net/http the bodies of requests as readers
// and nothing else. The SDK closes a body as soon as the answer begins, and its
// closed bodies return io.EOF from WriteTo (smithy-go, safeWriteToReadCloser),
// where io.WriterTo promises nil. net/http, which looks for bytes beyond
// Content-Length at about the same time, takes that for a failed write and
// closes the connection under the answer: once in some hundred thousand calls,
// "use of closed network connection".
type plainBodies struct{ aws.HTTPClient }

func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context()) // a copy: the caller's request stays as it is
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.HTTPClient.Do(r)
}
