package clients

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFloor runs lambda/floor: a client without a context, and the small adapter.
func TestFloor(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "../../../floor", exe)
	s := start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) })
	for _, c := range []struct {
		method, path        string
		status              int
		header, value, body string
	}{
		{"GET", "/health", 200, "Content-Type", "text/plain; charset=utf-8", "Healthy"},
		{"GET", "/health?a=1", 200, "Content-Type", "text/plain; charset=utf-8", "Healthy"},
		{"HEAD", "/health", 200, "Content-Type", "text/plain; charset=utf-8", ""},
		{"POST", "/health", 405, "Allow", "GET,HEAD", ""},
		{"GET", "/healthy", 404, "Allow", "", ""},
	} {
		if a := s.do(t, c.method, c.path, "", ""); a.status != c.status || a.header.Get(c.header) != c.value || string(a.body) != c.body {
			t.Errorf("%s %s: %d %v %q, want %d, %s: %s, %q", c.method, c.path, a.status, a.header, a.body, c.status, c.header, c.value, c.body)
		}
	}
	// What is no request is the invocation's error, and the environment goes on.
	for range 2 {
		if kind, message := s.failure(t, []byte(`{"rawPath":5}`)); kind != "EventError" || message != "event, byte 11: want a string" {
			t.Errorf("an event that is none: %s: %s", kind, message)
		}
	}
	reports := s.reports(t, 7)
	for i, r := range reports {
		if cold := r.Record.Metrics.InitDurationMs > 0; cold != (i == 0) {
			t.Errorf("invocation %d is a cold start: %v", i, cold)
		}
	}
}
