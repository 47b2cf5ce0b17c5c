// Awsgo is a function on aws-lambda-go: the runtime client that most Go
// functions have.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.Start(func(ctx context.Context, in struct{ Say, Fail, Panic string }) (map[string]any, error) {
		switch {
		case in.Fail != "":
			return nil, errors.New(in.Fail)
		case in.Panic != "":
			panic(in.Panic)
		}
		fmt.Println("said:", len(in.Say))
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"say": strings.ToUpper(in.Say), "id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
			"left": time.Until(deadline).Seconds(), "name": lambdacontext.FunctionName,
		}, nil
	})
}
