// Sdkric is sdk on lambda/ric.
package main

import (
	"context"
	"log"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/coldcrank/coldcrank/lambda/ric/typed"
)

type clients struct {
	logs     *cloudwatchlogs.Client
	lambda   *awslambda.Client
	identity *sts.Client
}

func connect() *clients {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return &clients{cloudwatchlogs.NewFromConfig(cfg), awslambda.NewFromConfig(cfg), sts.NewFromConfig(cfg)}
}

func (c *clients) answer(context.Context, map[string]any) (map[string]any, error) {
	return map[string]any{"statusCode": 200, "body": c.lambda.Options().Region + c.logs.Options().Region + c.identity.Options().Region}, nil
}

func main() {
	c := connect()
	typed.StartJSON(c.answer)
}
