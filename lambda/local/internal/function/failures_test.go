package function

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// TestFailures: what a function fails can be told from what is kept.
func TestFailures(t *testing.T) {
	f := newFunction(t, nil)
	invoke(t, f, "bench", `1`)
	if got := f.Failures(); len(got) != 0 {
		t.Errorf("got %+v of a function that works", got)
	}
	first := invoke(t, f, "bench", `{"do":"exit","n":3}`)
	invoke(t, f, "bench", `{"do":"panic"}`) // the second of its version
	latest := invoke(t, f, "", `{"do":"error"}`)
	got := f.Failures()
	if len(got) != 2 {
		t.Fatalf("got %d failures, want one of each version: %+v", len(got), got)
	}
	for i, want := range []Failure{
		{"1", first.RequestID, "Runtime.ExitError", "RequestId: " + first.RequestID + " Error: Runtime exited with error: exit status 3", "exit status 3"},
		{"$LATEST", latest.RequestID, "Function.Mine", "no luck", "init\n"},
	} {
		log := got[i].Log
		got[i].Log = want.Log
		if got[i] != want || !strings.Contains(log, want.Log) {
			t.Errorf("got %+v, log %q; want %+v", got[i], log, want)
		}
	}
}

// TestFailureInInit: the output of an init that fails is in no invocation's
// log, and is what tells why.
func TestFailureInInit(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) { a.Environment["MODE"] = "exit" })
	invoke(t, f, "", ``)
	if got := f.Failures(); len(got) != 1 || !strings.HasPrefix(got[0].Log, "init\n") || len(got[0].Log) > 4<<10 {
		t.Errorf("got %+v, want the init's output", got)
	}
	for range 2 * maxFailures {
		f.note(uuid.New(), "", sandbox.Outcome{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"` + strings.Repeat("x", 2*maxMessage) + `"}`)})
	}
	if got := f.Failures(); len(got) != maxFailures || len(got[1].Message) != maxMessage {
		t.Errorf("got %d failures, message of %d bytes", len(got), len(got[1].Message))
	}
}
