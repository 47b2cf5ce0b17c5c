// Sdkless is sdk without one of its clients.
package main

import (
	"context"
	"log"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type clients struct {
	lambda   *awslambda.Client
	identity *sts.Client
}

func connect() *clients {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return &clients{awslambda.NewFromConfig(cfg), sts.NewFromConfig(cfg)}
}

func (c *clients) answer(context.Context, map[string]any) (map[string]any, error) {
	return map[string]any{"statusCode": 200, "body": c.lambda.Options().Region + c.identity.Options().Region}, nil
}

func main() {
	c := connect()
	lambda.Start(c.answer)
}
