// Awsgo is a function on aws-lambda-go with a typed handler. An event with a
// member that the type does not know is an error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.StartWithOptions(handle, lambda.WithDisallowUnknownFields(true))
}

// seen is what the runtime client gave to the handler beside the event.
type seen struct {
	Event                  events.APIGatewayV2HTTPRequest
	ID, ARN, Trace         string
	Name, Version, Handler string
	MemoryMB               int
	Left                   time.Duration // until the deadline
	Client                 lambdacontext.ClientContext
}

func handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	r := events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"content-type": "text/plain"}}
	switch e.RawPath {
	case "/hello":
		r.Body = "hello"
	case "/echo":
		r.Headers["content-type"], r.Body, r.IsBase64Encoded = e.Headers["content-type"], e.Body, e.IsBase64Encoded
	case "/fail":
		return r, errors.New("asked to fail")
	case "/panic":
		panic("asked to panic")
	default:
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		body, err := json.Marshal(seen{
			Event: e, ID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn, Trace: os.Getenv("_X_AMZN_TRACE_ID"),
			Name: lambdacontext.FunctionName, Version: lambdacontext.FunctionVersion, Handler: os.Getenv("_HANDLER"),
			MemoryMB: lambdacontext.MemoryLimitInMB, Left: time.Until(deadline), Client: lc.ClientContext,
		})
		if err != nil {
			return r, err
		}
		r.Headers["content-type"], r.Body = "application/json", string(body)
	}
	return r, nil
}
