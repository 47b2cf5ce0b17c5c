package hammer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

func TestStreamLimit(t *testing.T) {
	const n = 250
	k := kinds[2]
	s := serve(t, k, newRendezvous(t, n), func(s *httptest.Server) {
		s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
	})
	rs := dial(t, k, s, n).Release(t.Context(), requests(t, s.URL, n))
	answered(t, k, rs, 200)
	got := make(map[int]int)
	for _, r := range rs {
		got[r.Conn]++
	}
	if len(got) != 3 || got[0] != 84 || got[1] != 83 || got[2] != 83 {
		t.Errorf("got requests by connection %v, want 84, 83, 83", got)
	}
}

func TestAgain(t *testing.T) {
	const n = 20
	each(t, func(t *testing.T, k kind) {
		var made atomic.Int32
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}), func(s *httptest.Server) {
			s.Config.ConnState = func(_ net.Conn, c http.ConnState) {
				if c == http.StateNew {
					made.Add(1)
				}
			}
		})
		sender := dial(t, k, s, n)
		for range 5 {
			answered(t, k, sender.Release(t.Context(), requests(t, s.URL, n)), 200)
		}
		want := int32(n)
		if k.h2 {
			want = 1
		}
		if got := made.Load(); got != want {
			t.Errorf("got %d connections for 5 bursts, want %d", got, want)
		}
	})
}

// kill ends all connections of sender by end, which is repeated because a
// server cannot end what it has not accepted yet, and returns when the sender
// has seen it.
func kill(t *testing.T, sender *Sender, end func()) {
	t.Helper()
	sender.mu.Lock()
	defer sender.mu.Unlock()
	for _, c := range sender.conns {
		for end(); c.room() > 0; end() {
			if t.Context().Err() != nil {
				t.Fatal("connection is alive")
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// A connection that died is made anew before the release: the server gets the
// burst whole, once.
func TestDeadBeforeRelease(t *testing.T) {
	const n = 10
	each(t, func(t *testing.T, k kind) {
		v := newRendezvous(t, n)
		s := serve(t, k, v)
		sender := dial(t, k, s, n)
		kill(t, sender, s.CloseClientConnections)
		rs := sender.Release(t.Context(), requests(t, s.URL, n))
		answered(t, k, rs, 200)
		if got := v.seen.Load(); got != n {
			t.Errorf("server got %d requests, want %d", got, n)
		}
		if rs[0].Conn == 0 {
			t.Error("got the first connection, want a new one")
		}
	})
}

// The same when the bytes were held already.
func TestDeadWhileHeld(t *testing.T) {
	const n = 10
	each(t, func(t *testing.T, k kind) {
		v := newRendezvous(t, n)
		s := serve(t, k, v)
		sender := dial(t, k, s, n)
		var calls []*call
		for _, r := range requests(t, s.URL, n) {
			calls = append(calls, newCall(r))
		}
		sender.place(t.Context(), calls, calls)
		await(calls)
		kill(t, sender, s.CloseClientConnections)
		for i, c := range calls {
			<-c.x.done
			if !c.lost() {
				t.Fatalf("call %d: got class %q (%v), want it lost", i, c.x.class, c.x.err)
			}
		}
		sender.place(t.Context(), calls, calls)
		await(calls)
		if got := v.seen.Load(); got != 0 {
			t.Fatalf("server got %d requests before the release", got)
		}
		sender.volley(sender.living())
		for i, c := range calls {
			<-c.x.done
			if c.x.class != "" {
				t.Errorf("call %d: got class %q (%v)", i, c.x.class, c.x.err)
			}
		}
		if got := v.seen.Load(); got != n {
			t.Errorf("server got %d requests, want %d", got, n)
		}
	})
}

// With nobody listening any more, the requests fail one by one.
func TestGone(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.NotFoundHandler())
		sender := dial(t, k, s, 3)
		kill(t, sender, s.Close)
		for i, r := range sender.Release(t.Context(), requests(t, s.URL, 3)) {
			if r.Class != ClassDial || r.Err == nil || r.Sent != nil || r.Conn != -1 {
				t.Errorf("request %d: got class %q, error %v, sent %v, connection %d; want dial, never sent", i, r.Class, r.Err, r.Sent, r.Conn)
			}
		}
	})
}

func TestReset(t *testing.T) {
	const n = 10
	each(t, func(t *testing.T, k kind) {
		var seen atomic.Int32
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			if r.URL.Path == "/3" {
				panic(http.ErrAbortHandler)
			}
		}))
		reqs := requests(t, s.URL, n)
		reqs[3].URL.Path = "/3"
		rs := dial(t, k, s, n).Release(t.Context(), reqs)
		if r := rs[3]; r.Class != ClassReset || r.Err == nil || r.Sent == nil || r.Done != nil || r.Status != 0 {
			t.Errorf("got class %q, error %v, sent %v, done %v, status %d; want reset after sending", r.Class, r.Err, r.Sent, r.Done, r.Status)
		}
		answered(t, k, rs[:3], 200)
		answered(t, k, rs[4:], 200)
		if got := seen.Load(); got != n {
			t.Errorf("server got %d requests, want %d: nothing is sent again", got, n)
		}
	})
}

// half answers even paths and lets the others wait.
func half(t *testing.T, waiting chan<- struct{}) http.Handler {
	end := t.Context().Done()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i, err := strconv.Atoi(r.URL.Path[1:]); err == nil && i%2 == 0 {
			return
		}
		waiting <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-end:
		}
		panic(http.ErrAbortHandler)
	})
}

func numbered(t *testing.T, url string, n int) []*http.Request {
	reqs := requests(t, url, n)
	for i, r := range reqs {
		r.URL.Path = "/" + strconv.Itoa(i)
	}
	return reqs
}

func TestTimeout(t *testing.T) {
	const n = 6
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, half(t, make(chan struct{}, 2*n)))
		sender := dial(t, k, s, n, func(o *Options) { o.Timeout = time.Second })
		rs := sender.Release(t.Context(), numbered(t, s.URL, n))
		for i, r := range rs {
			if i%2 == 0 {
				answered(t, k, rs[i:i+1], 200)
			} else if r.Class != ClassTimeout || !errors.Is(r.Err, errTimeout) || r.Sent == nil || r.FirstByte != nil || r.Done != nil {
				t.Errorf("request %d: got class %q, error %v, sent %v, first byte %v, done %v; want timeout after sending", i, r.Class, r.Err, r.Sent, r.FirstByte, r.Done)
			}
		}
		// What timed out left nothing behind.
		rs = sender.Release(t.Context(), requests(t, s.URL+"/0", n))
		answered(t, k, rs, 200)
	})
}

func TestCancel(t *testing.T) {
	const n = 6
	each(t, func(t *testing.T, k kind) {
		waiting := make(chan struct{}, n)
		s := serve(t, k, half(t, waiting))
		sender := dial(t, k, s, n)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range n / 2 {
				<-waiting
			}
			cancel()
		}()
		for i, r := range sender.Release(ctx, numbered(t, s.URL, n)) {
			if i%2 == 1 && (r.Class != ClassCanceled || !errors.Is(r.Err, context.Canceled) || r.Sent == nil) {
				t.Errorf("request %d: got class %q, error %v, sent %v; want canceled after sending", i, r.Class, r.Err, r.Sent)
			}
		}
		for i, r := range sender.Release(ctx, numbered(t, s.URL, n)) {
			if r.Class != ClassCanceled || r.Sent != nil {
				t.Errorf("request %d after the cancel: got class %q, sent %v; want canceled, never sent", i, r.Class, r.Sent)
			}
		}
	})
}

func TestCloseDuringRelease(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		waiting := make(chan struct{}, 1)
		s := serve(t, k, half(t, waiting))
		sender := dial(t, k, s, 1)
		go func() {
			<-waiting
			sender.Close()
		}()
		reqs := requests(t, s.URL+"/1", 1)
		for range 2 { // the second finds it closed
			if r := sender.Release(t.Context(), reqs)[0]; r.Class != ClassCanceled {
				t.Errorf("got class %q, error %v; want canceled", r.Class, r.Err)
			}
		}
	})
}

func TestSkew(t *testing.T) {
	at := func(d time.Duration) *time.Duration { return &d }
	for _, test := range []struct {
		rs   []Result
		want time.Duration
	}{
		{nil, 0},
		{[]Result{{Sent: nil}}, 0},
		{[]Result{{Sent: at(5)}}, 0},
		{[]Result{{Sent: at(7)}, {}, {Sent: at(3)}, {Sent: at(4)}}, 4},
	} {
		if got := Skew(test.rs); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}
