package limits

import (
	"testing"
	"time"
)

// "At 1,769 MB, a function has the equivalent of one vCPU", in proportion; at
// most 10,240 MB ("Configure Lambda function memory").
func TestQuota(t *testing.T) {
	for _, c := range []struct {
		memoryMB int
		want     time.Duration
	}{
		{128, 1447 * time.Microsecond}, {512, 5788 * time.Microsecond}, {1024, 11577 * time.Microsecond},
		{1769, period}, {3538, 2 * period}, {10240, 115771 * time.Microsecond},
	} {
		if got := quota(c.memoryMB).Truncate(time.Microsecond); got != c.want {
			t.Errorf("%d MB: %v in %v, want %v", c.memoryMB, got, period, c.want)
		}
	}
}

func TestNoHost(t *testing.T) {
	var h *Host
	if h.CPU() != None || h.Memory() != None || (&Host{}).CPU() != None {
		t.Errorf("got %s and %s", h.CPU(), h.Memory())
	}
	g, err := h.New(128)
	if err != nil || g.OutOfMemory() || g.Throttle() != nil || g.Close() != nil || h.Close() != nil {
		t.Errorf("got %v, %v", g, err)
	}
}
