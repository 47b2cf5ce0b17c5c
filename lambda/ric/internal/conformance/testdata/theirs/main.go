// Theirs is the function of the conformance test on aws-lambda-go.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/conformance/testdata/behave"
)

func main() {
	if os.Getenv("STREAM") != "" {
		lambda.Start(func(event json.RawMessage) (*stream, error) {
			var text string
			if err := json.Unmarshal(event, &text); err != nil {
				return nil, err
			}
			if text == "nothing:" {
				return nil, behave.Stream([]byte(text), nil)
			}
			r, w := io.Pipe()
			go func() { w.CloseWithError(behave.Stream([]byte(text), w)) }()
			return &stream{r}, nil
		})
	}
	lambda.Start(handler{})
}

// stream is an answer that is read piece by piece.
type stream struct{ *io.PipeReader }

func (*stream) ContentType() string { return "text/plain" }

type handler struct{}

var client = behave.Client{Seen: seen, Error: func(kind, message string) error {
	return messages.InvokeResponse_Error{Type: kind, Message: message,
		StackTrace: []*messages.InvokeResponse_Error_StackFrame{{Path: "a/b.go", Line: 3, Label: "F"}}}
}}

func (handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	return client.Handle(ctx, event)
}

func seen(ctx context.Context) behave.Seen {
	lc, _ := lambdacontext.FromContext(ctx)
	return behave.Seen{ID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn, Tenant: lc.TenantID,
		Client: lc.ClientContext.Client.InstallationID, Pool: lc.Identity.CognitoIdentityPoolID}
}
