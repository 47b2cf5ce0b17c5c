package sandbox

import (
	"testing"
	"time"
)

// TestExitAfterAnswer sends each request while the process of the one before
// is on its way out: aws-lambda-go exits like that after a panic.
func TestExitAfterAnswer(t *testing.T) {
	f := newFixture(t, "torture", nil)
	for range 20 {
		want(t, "answer", string(f.invoke(t, `{"Do":"die after"}`).Payload), `"last words"`)
	}
	reports := f.reports(t)
	for i, r := range reports {
		if cold := r.Cold(); cold != (i == 0) {
			t.Errorf("REPORT %d of %d: cold %v", i, len(reports), cold)
		}
	}
}

// TestNeverAsksAgain: a runtime that answers and stays away is ended at the
// function's timeout, and the request that found it so is served.
func TestNeverAsksAgain(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Timeout = time.Second })
	want(t, "answer", string(f.invoke(t, `{"Do":"stay away"}`).Payload), `"gone"`)
	want(t, "answer", string(f.invoke(t, `"again"`).Payload), `"again"`)
}
