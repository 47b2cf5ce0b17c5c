// Method is a function whose handler is a method with types.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type orders struct{ table map[string]string }

func (o *orders) answer(_ context.Context, key string) (string, error) { return o.table[key], nil }

func main() {
	o := &orders{map[string]string{"a": "b"}}
	lambda.StartWithContext(context.Background(), o.answer)
}
