package payload_test

import (
	"context"
	"fmt"

	"github.com/coldcrank/coldcrank/lambda/ric"
	"github.com/coldcrank/coldcrank/lambda/ric/payload"
)

func order(_ context.Context, r *payload.Request) payload.Response {
	id, ok := r.PathParameters.Get("id")
	if !ok {
		return payload.Response{Status: 404}
	}
	return payload.Response{
		Headers: payload.Fields{{Name: "content-type", Value: "text/plain; charset=utf-8"}},
		Body:    []byte("order " + id),
	}
}

func ExampleHandler() {
	h := payload.Handler(order) // main is ric.Start(h)
	var _ ric.Handler = h
	answer, err := h(context.Background(), []byte(`{
		"version": "2.0", "routeKey": "GET /orders/{id}", "rawPath": "/orders/7",
		"pathParameters": {"id": "7"}, "requestContext": {"http": {"method": "GET"}}
	}`))
	fmt.Println(string(answer), err)
	// Output: {"statusCode":200,"headers":{"content-type":"text/plain; charset=utf-8"},"body":"order 7"} <nil>
}
