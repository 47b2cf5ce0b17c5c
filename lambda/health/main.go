// Health is the function that coldcrank measures when it is given no other: it
// answers 200 Healthy, as text/plain, and does nothing else. It is written as
// Go functions for Lambda are, on aws-lambda-go, so that its cold start is the
// one that every such function pays before its own work begins.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(health{}) }

// healthy is the answer in payload format 2.0, written out: the function needs
// no JSON encoder of its own. The shape is the one of "Lambda function response
// for format 2.0" in AWS's "Create AWS Lambda proxy integrations for HTTP APIs
// in API Gateway":
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
const healthy = `{"statusCode":200,"headers":{"content-type":"text/plain; charset=utf-8"},"body":"Healthy"}`

type health struct{}

var _ lambda.Handler = health{}

// Invoke answers every event alike, without reading it.
func (health) Invoke(context.Context, []byte) ([]byte, error) { return []byte(healthy), nil }
