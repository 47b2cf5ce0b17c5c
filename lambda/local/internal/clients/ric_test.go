package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRIC runs a typed handler on this repository's own runtime client.
func TestRIC(t *testing.T) {
	whole(t)
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "testdata/ric", exe)
	lay := func(dir string) { check(t, os.Link(exe, filepath.Join(dir, "bootstrap"))) }
	s := start(t, lay)
	behaves(t, s, "asked to fail")

	t.Run("beside the event", func(t *testing.T) {
		var got struct {
			Invocation struct{ RequestID, FunctionARN, TraceID string }
			Trace      string
			Left       time.Duration
		}
		check(t, json.Unmarshal(s.invoke(t, event("GET", "/seen", "")).Payload, &got))
		const arn = "arn:aws:lambda:eu-central-1:123456789012:function:client:bench"
		if in := got.Invocation; len(in.RequestID) != 36 || in.FunctionARN != arn || in.TraceID != got.Trace || !strings.HasPrefix(got.Trace, "Root=1-") {
			t.Errorf("got %+v", got)
		}
		if got.Left <= 0 || got.Left > 20*time.Second {
			t.Errorf("%v until the deadline, the timeout is 20s", got.Left)
		}
	})
	t.Run("panic", func(t *testing.T) {
		kind, message := s.failure(t, event("GET", "/panic", ""))
		if kind != "string" || message != "asked to panic" {
			t.Errorf("%s: %s", kind, message)
		}
		if a := s.do(t, "GET", "/hello", "", ""); a.status != 200 {
			t.Errorf("after a panic: %d %s", a.status, a.body)
		}
	})
	t.Run("answer too large", func(t *testing.T) {
		s := start(t, lay)
		first := s.invoke(t, event("GET", "/process", "")).Payload
		for range 2 {
			if kind, message := s.failure(t, event("GET", "/large", "")); kind != "Function.ResponseSizeTooLarge" {
				t.Errorf("%s: %s", kind, message)
			}
		}
		if now := s.invoke(t, event("GET", "/process", "")).Payload; string(now) != string(first) {
			t.Errorf("process %s, before %s: the answer has ended it", now, first)
		}
	})
}

// TestRICHTTP runs an http.Handler on it.
func TestRICHTTP(t *testing.T) {
	whole(t)
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "testdata/richttp", exe)
	behaves(t, start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) }), "asked to fail")
}
