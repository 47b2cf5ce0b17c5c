// Package payload is the small way to answer HTTP requests on package ric, behind
// an HTTP API or a function URL: a request and a response that are plain values,
// with neither net/http nor encoding/json in the program.
//
//	func main() {
//		payload.Start(func(_ context.Context, r *payload.Request) payload.Response {
//			return payload.Response{Status: 200, Body: []byte("hello from " + r.Path)}
//		})
//	}
//
// Events and answers have payload format 2.0:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
//
// It does not route, and does not decode bodies. Who has an http.Handler, or can
// afford one, takes richttp.
package payload

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

// Request is an HTTP request as an event tells of it. It is the handler's to keep
// and to change.
type Request struct {
	Method string
	// Path is decoded, and has no stage in front.
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

// Start serves events with h, as ric.Start does. An event that is none of payload
// format 2.0 is the invocation's error and does not reach h.
func Start(h func(context.Context, *Request) Response) {
	ric.StartWith(ric.Options{ContentType: "application/json"}, Handler(h))
}

// Handler is the handler of bytes that Start starts: for tests, and for
// ric.StartInit. A nil h makes a nil Handler.
func Handler(h func(context.Context, *Request) Response) ric.Handler {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, event []byte) ([]byte, error) {
		r, err := request(event)
		if err != nil {
			return nil, err
		}
		return h(ctx, r).encode(), nil
	}
}
