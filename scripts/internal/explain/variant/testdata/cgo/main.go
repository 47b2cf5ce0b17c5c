// Cgo is a function with C in its main package.
package main

// static int twice(int x) { return 2 * x; }
import "C"

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, e events.SQSEvent) (int, error) {
		return int(C.twice(C.int(len(e.Records)))), nil
	})
}
