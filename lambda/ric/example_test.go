package ric_test

import (
	"context"
	"errors"
	"time"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

func ExampleStart() {
	ric.Start(func(ctx context.Context, event []byte) ([]byte, error) {
		in, _ := ric.FromContext(ctx)
		return []byte(`{"request":"` + in.RequestID + `"}`), nil
	})
}

// An error can have a type of the function's own, and a stack.
func ExampleError() {
	ric.Start(func(ctx context.Context, event []byte) ([]byte, error) {
		if len(event) == 0 {
			return nil, &ric.Error{Type: "Orders.NotFound", Message: "no such order"}
		}
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < time.Second {
			return nil, ric.WithStack(errors.New("less than a second is left"))
		}
		return event, nil
	})
}

// What the function needs is made once; when it cannot be, Lambda shows why.
func ExampleStartInit() {
	ric.StartInit(func() (ric.Handler, error) {
		table, err := open("orders")
		if err != nil {
			return nil, err
		}
		return table.handle, nil
	})
}

type table struct{ name string }

func open(name string) (*table, error) { return &table{name}, nil }

func (t *table) handle(_ context.Context, event []byte) ([]byte, error) { return event, nil }
