package server

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestSimulated lets time pass only where somebody waits: a request is warm where
// an environment has become idle before it came.
func TestSimulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Simulated{Cold: 20 * time.Millisecond, Warm: 2 * time.Millisecond}
		start := time.Now()
		var wg sync.WaitGroup
		for _, at := range []int{0, 0, 19, 21, 21, 22, 24} { // ms
			wg.Go(func() {
				time.Sleep(time.Duration(at) * time.Millisecond)
				s.ServeHTTP(httptest.NewRecorder(), nil)
			})
			synctest.Wait() // keeps the order of those of one time
		}
		wg.Wait()
		// At 21 both of the first are idle and taken, at 22 none is, at 24 both are back.
		cold, requests := s.Counts()
		if cold != 4 || requests != 7 {
			t.Errorf("got %d cold of %d, want 4 of 7", cold, requests)
		}
		if got := time.Since(start); got != 42*time.Millisecond { // the one of 22 is the last
			t.Errorf("got %v, want 42ms", got)
		}
		s.Reset()
		s.ServeHTTP(httptest.NewRecorder(), nil)
		if cold, requests := s.Counts(); cold != 1 || requests != 1 {
			t.Errorf("got %d cold of %d after Reset, want 1 of 1", cold, requests)
		}
		// An environment that answers during Reset is gone with the others.
		s.Reset()
		wg.Go(func() { s.ServeHTTP(httptest.NewRecorder(), nil) })
		synctest.Wait()
		s.Reset()
		wg.Wait()
		s.ServeHTTP(httptest.NewRecorder(), nil)
		if cold, requests := s.Counts(); cold != 1 || requests != 1 {
			t.Errorf("got %d cold of %d after Reset during an answer, want 1 of 1", cold, requests)
		}
	})
}

func TestArrivals(t *testing.T) {
	s, err := Start(time.Millisecond, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for protocol, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		transport := &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		client := &http.Client{Transport: transport}
		get := func() {
			resp, err := client.Get("https://" + s.Addr() + ArrivalsPath)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != 200 || resp.Proto != protocol {
				t.Errorf("got %d over %s", resp.StatusCode, resp.Proto)
			}
		}
		// Two of three are held; the third, or Arm, lets them go.
		for _, last := range []func(){get, func() { s.Arrivals.Arm(0) }} {
			s.Arrivals.Arm(3)
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(get)
			}
			for len(s.Arrivals.At()) < 2 {
				time.Sleep(time.Millisecond)
			}
			last()
			wg.Wait()
		}
		get() // not held
		if at := s.Arrivals.At(); len(at) != 1 {
			t.Errorf("%d arrivals since Arm, want 1", len(at))
		}
		transport.CloseIdleConnections()
	}
}
