// Awslambdago is the least function on aws-lambda-go.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handler{}) }

type handler struct{}

func (handler) Invoke(_ context.Context, event []byte) ([]byte, error) { return event, nil }
