// Ric is the least function on package ric.
package main

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/ric"
	_ "github.com/coldcrank/coldcrank/lambda/ric/entry" // nothing of it is in the file without its flag
)

func main() {
	ric.Start(func(_ context.Context, event []byte) ([]byte, error) { return event, nil })
}
