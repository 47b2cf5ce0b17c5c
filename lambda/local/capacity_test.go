package local

import (
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
)

func TestCapacityOf(t *testing.T) {
	const one, two = connection + sandbox.Descriptors, connection + 2*sandbox.Descriptors
	for _, c := range []struct{ files, open, functions, want int }{
		{spare + 10 + 7*one, 10, 1, 7},
		{spare + 10 + 7*one - 1, 10, 1, 6},
		{spare + 10 + 7*two, 10, 2, 7},
		{spare, 10, 1, 0},
		{mostFiles, 10, 1, 4500},
		{mostFiles, 10, 2, 2250},
		{mostFiles, 10, 20_000, 0},
	} {
		if got := capacity(c.files, c.open, c.functions); got != c.want {
			t.Errorf("capacity(%d, %d, %d) = %d, want %d", c.files, c.open, c.functions, got, c.want)
		}
	}
}
