package hammer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// run sends a load of GETs to url and returns its results by number.
func run(t testing.TB, s *Sender, url string, l Load) []Result {
	t.Helper()
	var mu sync.Mutex
	var rs []Result
	seen := map[int]bool{}
	l.Request = func(i int) (*http.Request, error) { return http.NewRequest("GET", url, nil) }
	l.Done = func(i int, r Result) {
		mu.Lock()
		defer mu.Unlock()
		if seen[i] {
			t.Errorf("request %d: two results", i)
		}
		seen[i] = true
		rs = slices.Grow(rs, max(0, i+1-len(rs)))
		for len(rs) <= i {
			rs = append(rs, Result{})
		}
		rs[i] = r
	}
	if err := s.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(rs) {
		t.Errorf("%d results of %d requests", len(seen), len(rs))
	}
	return rs
}

func TestLoad(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }))
		sender := dial(t, k, s, 1)
		l := Load{Schedule: Schedule{Arrival: Constant, Rate: 500, For: 500 * time.Millisecond}}
		rs := run(t, sender, s.URL, l)
		answered(t, k, rs, 200)
		if len(rs) != 250 {
			t.Errorf("got %d results, want 250", len(rs))
		}
	})
}

// A server that does not answer stops no request from being due: others are sent, with
// HTTP/1.1 on connections made meanwhile, and the times from the schedule show what all
// of them waited.
func TestLoadDoesNotOmit(t *testing.T) {
	const waiting = 20 // without an answer before the first has one
	each(t, func(t *testing.T, k kind) {
		var seen atomic.Int32
		all := make(chan struct{})
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) == waiting {
				close(all)
			}
			<-all
		}))
		sender := dial(t, k, s, 1)
		rs := run(t, sender, s.URL, Load{Schedule: Schedule{Arrival: Constant, Rate: 200, For: 500 * time.Millisecond}})
		answered(t, k, rs, 200)
		if len(rs) != 100 {
			t.Fatalf("got %d results, want 100", len(rs))
		}
		var sent, done []time.Duration
		for i, r := range rs {
			if want := rs[0].Scheduled + time.Duration(i)*5*time.Millisecond; r.Scheduled != want {
				t.Fatalf("request %d: got scheduled %v, want %v", i, r.Scheduled, want)
			}
			sent, done = append(sent, *r.Sent), append(done, *r.Done)
		}
		slices.Sort(sent)
		if first := slices.Min(done); first < sent[waiting-1] {
			t.Errorf("the first answer is of %v, request %d was sent at %v", first, waiting, sent[waiting-1])
		}
	})
}

// Where no further connection may be made, requests are late, and all are there.
func TestLoadIsLate(t *testing.T) {
	k := kinds[0]
	s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { time.Sleep(20 * time.Millisecond) }))
	sender := dial(t, k, s, 1)
	sender.most = 2
	rs := run(t, sender, s.URL, Load{Schedule: Schedule{Arrival: Constant, Rate: 500, For: 200 * time.Millisecond}})
	answered(t, k, rs, 200)
	// Two connections carry at most 100 requests a second: 100 take a second.
	last := rs[len(rs)-1]
	if len(rs) != 100 || *last.Sent-last.Scheduled < 700*time.Millisecond {
		t.Errorf("got %d results, the last sent %v after its time; want 100, 0.8 s", len(rs), *last.Sent-last.Scheduled)
	}
}

// Nobody is there any more: each request has a result that says so.
func TestLoadRefused(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.NotFoundHandler())
		sender := dial(t, k, s, 1)
		l := Load{Schedule: Schedule{Arrival: Constant, Rate: 100, For: 100 * time.Millisecond}}
		answered(t, k, run(t, sender, s.URL, l), 404)
		s.Close()
		l.Request = nil
		var failed, sent int
		for _, r := range runGone(t, sender, s.URL, l) {
			if r.Class == ClassDial || r.Class == ClassReset {
				failed++
			}
			if r.Sent != nil {
				sent++
			}
		}
		if failed != 10 {
			t.Errorf("got %d requests that found nobody, want 10", failed)
		}
	})
}

// runGone is run where also the first connections may fail.
func runGone(t *testing.T, s *Sender, url string, l Load) (rs []Result) {
	l.Request = func(int) (*http.Request, error) { return http.NewRequest("GET", url, nil) }
	l.Done = func(_ int, r Result) { rs = append(rs, r) }
	var d *DialError
	if err := s.Load(t.Context(), l); errors.As(err, &d) && (d.Class == ClassDial || d.Class == ClassReset) {
		return slices.Repeat([]Result{{Class: d.Class}}, l.Schedule.Requests())
	} else if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestLoadStop(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		stop := make(chan struct{})
		var seen atomic.Int32
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) == 20 {
				close(stop)
			}
		}))
		sender := dial(t, k, s, 1)
		rs := run(t, sender, s.URL, Load{Schedule: Schedule{Arrival: Constant, Rate: 200, For: time.Hour}, Stop: stop})
		// What a busy machine comes to too late is not sent any more.
		rs = slices.DeleteFunc(rs, func(r Result) bool { return r.Class == ClassCanceled && r.Sent == nil })
		answered(t, k, rs, 200)
		if n := int(seen.Load()); n != len(rs) || n < 20 {
			t.Errorf("got %d results of %d requests", len(rs), n)
		}
	})
}

// What is due and waits for a connection when the load is stopped has a result: a load
// that is stopped because it hangs must not look as if little had been asked for.
func TestLoadStopDoesNotOmit(t *testing.T) {
	const least = 20 // due before Stop
	stop, failed := make(chan struct{}), make(chan struct{})
	k := kinds[0]
	s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(least * 10 * time.Millisecond)
		close(stop) // twice where a second request comes
		<-failed
	}))
	sender := dial(t, k, s, 1)
	sender.most = 1
	got := map[int]Result{}
	err := sender.Load(t.Context(), Load{
		Schedule: Schedule{Arrival: Constant, Rate: 100, For: time.Hour}, Stop: stop,
		Request: func(int) (*http.Request, error) { return http.NewRequest("GET", s.URL, nil) },
		Done: func(i int, r Result) {
			if got[i] = r; len(got) == 1 {
				close(failed)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	answered(t, k, []Result{got[0]}, 200)
	for i := 1; i < max(least, len(got)); i++ {
		if r := got[i]; r.Class != ClassCanceled || !errors.Is(r.Err, errStopped) || r.Sent != nil || r.Scheduled-got[0].Scheduled != time.Duration(i)*10*time.Millisecond {
			t.Errorf("request %d: got class %q, error %v, sent %v", i, r.Class, r.Err, r.Sent)
		}
	}
}

func TestLoadCancel(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		ctx, cancel := context.WithCancel(t.Context())
		enough := make(chan struct{}) // answers have come
		var seen atomic.Int32
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) == 20 {
				<-enough
				cancel()
			}
			if seen.Load() >= 20 && r.URL.Path != "/after" {
				<-r.Context().Done()
			}
		}))
		sender := dial(t, k, s, 1)
		results := map[Class]int{}
		l := Load{
			Schedule: Schedule{Arrival: Constant, Rate: 200, For: time.Hour},
			Request:  func(int) (*http.Request, error) { return http.NewRequest("GET", s.URL, nil) },
			Done: func(_ int, r Result) {
				if results[r.Class]++; r.Class == "" && results[""] == 10 {
					close(enough)
				}
			},
		}
		if err := sender.Load(ctx, l); err != nil {
			t.Fatal(err)
		}
		if results[""] < 10 || results[ClassCanceled] == 0 || len(results) != 2 {
			t.Errorf("got results by class %v, want answered and canceled ones", results)
		}
		// What was held is gone with its connection.
		answered(t, k, run(t, sender, s.URL+"/after", Load{Schedule: Schedule{Arrival: Constant, Rate: 1, For: time.Millisecond}}), 200)
	})
}

func TestLoadTimeout(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, half(t, make(chan struct{}, 100)))
		sender := dial(t, k, s, 1, func(o *Options) { o.Timeout = time.Second })
		i := 0
		l := Load{Schedule: Schedule{Arrival: Constant, Rate: 100, For: 200 * time.Millisecond}}
		l.Request = func(n int) (*http.Request, error) {
			if n != i {
				t.Errorf("request %d is made after %d", n, i-1)
			}
			i++
			return http.NewRequest("GET", fmt.Sprintf("%s/%d", s.URL, n), nil)
		}
		got := map[Class]int{}
		l.Done = func(n int, r Result) {
			got[r.Class]++
			if n%2 == 1 && (r.Class != ClassTimeout || !errors.Is(r.Err, errTimeout)) {
				t.Errorf("request %d: got class %q, error %v; want timeout", n, r.Class, r.Err)
			}
		}
		if err := sender.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if got[""] != 10 || got[ClassTimeout] != 10 {
			t.Errorf("got results by class %v, want 10 answered and 10 timeouts", got)
		}
	})
}

// Bodies of all sizes leave whole, also beside others on a connection, and a request
// that is none harms no other.
func TestLoadBodies(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			w.Write(body)
		}))
		sender := dial(t, k, s, 1)
		sizes := []int{0, 1, 5000, 100_000, 1 << 20, -1}
		l := Load{Schedule: Schedule{Arrival: Constant, Rate: 1000, For: 60 * time.Millisecond}}
		l.Request = func(i int) (*http.Request, error) {
			size := sizes[i%len(sizes)]
			if size < 0 {
				return http.NewRequest("NO METHOD", s.URL, nil)
			}
			return http.NewRequest("POST", s.URL, bytes.NewReader(bytes.Repeat([]byte("x"), size)))
		}
		n := 0
		l.Done = func(i int, r Result) {
			n++
			if size := sizes[i%len(sizes)]; size < 0 {
				if r.Class != ClassRequest || r.Sent != nil {
					t.Errorf("request %d: got class %q, sent %v; want request, never sent", i, r.Class, r.Sent)
				}
			} else if answered(t, k, []Result{r}, 200); r.Bytes != int64(size) {
				t.Errorf("request %d: got %d bytes back, want %d", i, r.Bytes, size)
			}
		}
		if err := sender.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if n != 60 {
			t.Errorf("got %d results, want 60", n)
		}
	})
}
