package local

import (
	"context"
	"sync/atomic"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// arrival is a request on its way to its function.
type arrival struct {
	conn *conn
	over atomic.Bool
}

type arrivalKey struct{}

// end is called when the function is called, or when the request is over.
func (a *arrival) end() {
	if a.over.CompareAndSwap(false, true) {
		a.conn.saw()
	}
}

// arrived is a function that requests are on their way to. From its Invoke on, the
// gate knows of a request.
type arrived struct{ *function.Function }

func (f arrived) Invoke(ctx context.Context, qualifier string, payload []byte, traceID string) (function.Result, error) {
	if a, ok := ctx.Value(arrivalKey{}).(*arrival); ok {
		a.end()
	}
	return f.Function.Invoke(ctx, qualifier, payload, traceID)
}
