package slow

import (
	"testing"
	"time"
)

// Reads at once wait for their latency together, and for the volume's rate one after
// the other.
func TestDone(t *testing.T) {
	const ms = time.Millisecond
	c := &clock{Speed: Speed{Latency: 10 * ms, BytesPerSecond: 1000}}
	for i, tc := range []struct {
		asked time.Duration
		bytes int
		want  time.Duration
	}{{0, 5, 15 * ms}, {0, 5, 20 * ms}, {12 * ms, 1, 23 * ms}, {100 * ms, 0, 110 * ms}} {
		if got := c.done(tc.asked, tc.bytes); got != tc.want {
			t.Errorf("read %d: %v, want %v", i, got, tc.want)
		}
	}
	if got := c.read(); got != 11 {
		t.Errorf("got %d bytes, want 11", got)
	}
}
