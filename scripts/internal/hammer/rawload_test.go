package hammer

import (
	"sync"
	"testing"
	"time"
)

// loadRaw sends a load to a raw server and counts results by class.
func loadRaw(t *testing.T, s *rawH2, rate float64, d time.Duration) (map[Class]int, []Result) {
	t.Helper()
	s.serve(t)
	sender, err := Dial(t.Context(), s.url, 1, Options{Protocol: HTTP2})
	if err != nil {
		t.Fatal(err)
	}
	rs := run(t, sender, s.url, Load{Schedule: Schedule{Arrival: Constant, Rate: rate, For: d}})
	if err := sender.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	got := map[Class]int{}
	for _, r := range rs {
		got[r.Class]++
	}
	return got, rs
}

// A stream that the server refuses is a request that failed. It is not sent again,
// and the connection goes on.
func TestLoadRefusedStreams(t *testing.T) {
	var mu sync.Mutex
	seen := 0
	s := &rawH2{streams: 100}
	s.on = func(c *rawConn, stream uint32) {
		mu.Lock()
		defer mu.Unlock()
		if seen++; seen%5 == 0 {
			c.refuse(stream)
		} else {
			c.answer(stream)
		}
	}
	got, rs := loadRaw(t, s, 500, 200*time.Millisecond)
	if got[""] != 80 || got[ClassReset] != 20 || seen != 100 {
		t.Errorf("got results by class %v of %d requests, want 80 answered and 20 reset of 100", got, seen)
	}
	for i, r := range rs {
		if r.Sent == nil {
			t.Errorf("request %d was not sent", i)
		}
	}
}

// A server that goes away answers what it has begun. What it has not is not sent
// again once it was sent, and goes elsewhere where it was not.
func TestLoadGoAway(t *testing.T) {
	s := &rawH2{streams: 100}
	s.on = func(c *rawConn, stream uint32) {
		switch {
		case c.n < 20:
			c.answer(stream)
		case c.n == 20:
			c.goAway(stream)
			time.AfterFunc(20*time.Millisecond, func() { c.answer(stream) })
		} // and no answer to later ones
	}
	got, rs := loadRaw(t, s, 500, 400*time.Millisecond)
	if len(rs) != 200 || got[""]+got[ClassReset] != 200 {
		t.Fatalf("got %d results by class %v, want 200, answered or reset", len(rs), got)
	}
	// How many are sent before the notice has come is the machine's affair; that they
	// were sent is what makes them fail.
	conns := map[int]int{}
	for i, r := range rs {
		if conns[r.Conn]++; r.Class == ClassReset && (r.Err == nil || r.Sent == nil) || r.Class == "" && r.Status != 200 {
			t.Errorf("request %d: got %+v", i, r)
		}
	}
	if len(conns) < 2 || got[""] <= 20 {
		t.Errorf("got %d answers on %d connections, want more than the first gave", got[""], len(conns))
	}
}

// A limit that becomes lower while requests are in flight holds for those that
// follow. Ten streams are in flight at a time, which would all fit under the first
// limit; under the second they need five connections.
func TestLoadSettingsChange(t *testing.T) {
	var mu sync.Mutex
	conns := map[*rawConn]bool{}
	s := &rawH2{streams: 50}
	s.on = func(c *rawConn, stream uint32) {
		mu.Lock()
		defer mu.Unlock()
		conns[c] = true
		if c.n == 10 {
			c.settings(2)
		}
		time.AfterFunc(20*time.Millisecond, func() { c.answer(stream) })
	}
	got, rs := loadRaw(t, s, 500, 500*time.Millisecond)
	if got[""] != len(rs) || len(rs) != 250 {
		t.Errorf("got %d results by class %v, want 250 answered", len(rs), got)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(conns) < 3 {
		t.Errorf("got requests on %d connections, want several: one of them carries two at a time", len(conns))
	}
}
