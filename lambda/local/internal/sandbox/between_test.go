package sandbox

import (
	"strings"
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

// TestNeverAsksAgain: a runtime that answers and stays away takes no request, and is
// ended at the function's timeout.
func TestNeverAsksAgain(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Timeout = time.Second })
	want(t, "answer", string(f.invoke(t, `{"Do":"stay away"}`).Payload), `"gone"`)
	if _, err := f.Invoke(t.Context(), Request{ID: "x"}); err != ErrLate {
		t.Errorf("got %v, want %v", err, ErrLate)
	}
	<-f.process.exited
	want(t, "answer", string(f.invoke(t, `"again"`).Payload), `"again"`)
	if log := strings.Join(f.log(t), ""); strings.Count(log, "Task timed out after 1.00 seconds") != 1 {
		t.Errorf("the log has not one timeout:\n%s", log)
	}
}
