package main

import (
	"context"
	"fmt"
	"log"

	"github.com/coldcrank/coldcrank/lambda/ric"
	"github.com/coldcrank/coldcrank/lambda/ric/sigterm"
)

func main() {
	if err := sigterm.Before(func() { fmt.Println("flushed") }); err != nil {
		log.Fatal(err)
	}
	ric.Start(func(ctx context.Context, event []byte) ([]byte, error) {
		return []byte(`{"statusCode":200,"body":"Healthy"}`), nil
	})
}
