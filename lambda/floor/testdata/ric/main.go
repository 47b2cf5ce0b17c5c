// Ric is the least function on package ric.
package main

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

func main() {
	ric.Start(func(_ context.Context, event []byte) ([]byte, error) { return event, nil })
}
