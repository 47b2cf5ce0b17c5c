package sandbox

import (
	"testing"
	"time"
)

func TestFunctionOf(t *testing.T) {
	now := time.Date(2026, 11, 25, 23, 59, 59, 0, time.UTC)
	for _, group := range []string{"/aws/lambda/orders", "/shop/functions"} {
		stream := streamName(Spec{Function: "orders", Version: "$LATEST", LogGroup: group}, now)
		if got := FunctionOf(group, stream); got != "orders" {
			t.Errorf("%s in %s is of %q, want orders", stream, group, got)
		}
	}
	for _, stream := range []string{"", "abcdefghij-$default", "2026/11/25", "2026/11/25/", "2026/13/25/orders[1]x", "2026/11/25/orders"} {
		if got := FunctionOf("/g", stream); got != "" {
			t.Errorf("%q is of %q, want none", stream, got)
		}
	}
}
