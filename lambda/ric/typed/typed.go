// Package typed runs handlers of Go types on package ric: events are decoded and
// answers encoded by encoding/json, which is what a function pays for with this
// import, in size and in its cold start.
package typed

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

// StartJSON serves events with a handler of types that encoding/json knows, as
// ric.Start does with one of bytes. An event that is no In is the invocation's
// error.
//
//	type Order struct{ ID string }
//
//	func main() {
//		typed.StartJSON(func(ctx context.Context, o Order) (map[string]string, error) {
//			return map[string]string{"shipped": o.ID}, nil
//		})
//	}
func StartJSON[In, Out any](handle func(context.Context, In) (Out, error)) {
	ric.StartWith(ric.Options{ContentType: "application/json"}, Handler(handle))
}

// Handler is the handler of bytes that StartJSON starts: for tests, and for
// ric.StartInit.
//
// Answers are written as aws-lambda-go writes them: HTML is not escaped, and
// there is no line end. A handler that is nil makes a nil Handler.
func Handler[In, Out any](handle func(context.Context, In) (Out, error)) ric.Handler {
	if handle == nil {
		return nil
	}
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var in In
		// A decoder takes the first value and leaves what follows it, as
		// aws-lambda-go does.
		if err := json.NewDecoder(bytes.NewReader(event)).Decode(&in); err != nil {
			return nil, err
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(out); err != nil {
			return nil, err
		}
		return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
	}
}
