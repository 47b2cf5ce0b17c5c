package function

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// A runtime that has answered and does something else than to ask for the next event
// is busy ("Invoke phase" of "Understanding the Lambda execution environment
// lifecycle"): requests get another environment, or are refused where there is no
// room for one, and at the timeout it ends.
func TestLate(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) {
		a.ReservedConcurrency, a.Timeout = new(2), 4*time.Second
	})
	late := func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.late() > 0
	}
	first := invoke(t, f, "bench", `{"do":"stay away"}`)
	waitFor(t, late)
	if second := invoke(t, f, "bench", `"another"`); string(second.Payload) != `"another"` || !cold(t, f, second) {
		t.Errorf("the next request got %s, want an environment of its own", second.Payload)
	}
	invoke(t, f, "bench", `{"do":"stay away"}`)
	var e *Error
	waitFor(t, func() bool {
		_, err := f.Invoke(t.Context(), "bench", []byte(`"a third"`), "")
		return errors.As(err, &e)
	})
	if e.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" {
		t.Errorf("with two that are late, of two: %v", e)
	}
	waitFor(t, func() bool { return !late() })
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `"Task timed out after 4.00 seconds"`})
	if err != nil || len(events) == 0 || !strings.Contains(events[0].Message, first.RequestID) {
		t.Errorf("the log has %+v, %v, want the timeout of %s", events, err, first.RequestID)
	}
	if third := invoke(t, f, "bench", `"again"`); string(third.Payload) != `"again"` || cold(t, f, third) {
		t.Errorf("after the timeout: %s, cold %v, want a suppressed init", third.Payload, cold(t, f, third))
	}
}
