// Package payload reads and writes payload format 2.0, the events and answers of
// HTTP APIs and function URLs, for functions that can afford neither net/http nor
// encoding/json: a request and a response are plain values.
//
//	func main() {
//		ric.Start(payload.Handler(func(ctx context.Context, r *payload.Request) payload.Response {
//			return payload.Response{Body: []byte("hello from " + r.Path)}
//		}))
//	}
//
// It neither routes nor looks into bodies. Who has an http.Handler takes richttp.
//
// The format is "Payload format structure" and "Lambda function response for format
// 2.0" of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package payload

// Request is an HTTP request as an event tells of it. It is the handler's to keep
// and to change.
type Request struct {
	Method string
	// Path has no stage in front. An HTTP API decodes it; with a function URL it is
	// as it was sent (observed on AWS, middleapi/standard-server pull request 93).
	Path string
	// RawQuery is the query as it was sent, without the question mark.
	RawQuery string
	// Query is the query decoded. The gateway joins several values of one name by
	// commas: where that matters, RawQuery has them apart.
	Query Fields
	// PathParameters are those of the route: id of GET /orders/{id}.
	PathParameters Fields
	// Headers have names in lower case. The gateway joins several of one name by
	// commas, and takes the cookies out.
	Headers Fields
	Cookies []string // name=value
	Body    []byte   // as it was sent: no base64 is left
	// SourceIP is the address that the request came from.
	SourceIP string
}

// Response is the answer to a request.
type Response struct {
	// Status is 200 to 599, by default 200. The gateway makes 500 of any other.
	Status int
	// Headers are sent in lower case, several of one name joined by a comma. For
	// Set-Cookie, whose values cannot be joined, there is Cookies.
	Headers Fields
	Cookies []string // each a Set-Cookie
	Body    []byte   // any bytes
}

// Field is a header or a parameter.
type Field struct{ Name, Value string }

// Fields are headers or parameters in the order in which they came.
type Fields []Field

// Get returns the value of a name, letter by letter as it is spelled: of several,
// the last one.
func (f Fields) Get(name string) (value string, ok bool) {
	for i := len(f) - 1; i >= 0; i-- {
		if f[i].Name == name {
			return f[i].Value, true
		}
	}
	return "", false
}

// Handler is a handler of events that answers requests with h. Its first argument
// is that of h: a context for ric.Start, an invocation for bare.Start. An event
// that is none of payload format 2.0 is the invocation's error and does not reach h.
func Handler[C any](h func(C, *Request) Response) func(C, []byte) ([]byte, error) {
	if h == nil {
		return nil
	}
	return func(c C, event []byte) ([]byte, error) {
		r, err := Parse(event)
		if err != nil {
			return nil, err
		}
		return h(c, r).Encode(), nil
	}
}
