// Ric is a function on lambda/ric with a typed handler.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/coldcrank/coldcrank/lambda/ric"
	"github.com/coldcrank/coldcrank/lambda/ric/typed"
)

func main() { typed.StartJSON(handle) }

type event struct {
	RawPath         string            `json:"rawPath"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type answer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

func handle(ctx context.Context, e event) (any, error) {
	a := answer{StatusCode: 200, Headers: map[string]string{"content-type": "text/plain"}}
	switch e.RawPath {
	case "/hello":
		a.Body = "hello"
	case "/echo":
		a.Headers["content-type"], a.Body, a.IsBase64Encoded = e.Headers["content-type"], e.Body, e.IsBase64Encoded
	case "/fail":
		return nil, errors.New("asked to fail")
	case "/panic":
		panic("asked to panic")
	case "/process":
		return os.Getpid(), nil
	case "/large":
		return string(make([]byte, 7<<20)), nil
	default:
		in, _ := ric.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"invocation": in, "trace": os.Getenv("_X_AMZN_TRACE_ID"), "left": time.Until(deadline)}, nil
	}
	return a, nil
}
