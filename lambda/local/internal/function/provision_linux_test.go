package function

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// newProvisioned is a function whose alias keeps n environments provisioned.
func newProvisioned(t *testing.T, n int, change func(*assembly.Function)) *Function {
	t.Helper()
	f := newFunction(t, func(a *assembly.Function) {
		a.Aliases[0].ProvisionedConcurrency = n
		a.Versions = append(a.Versions, &assembly.Version{Number: "2"})
		if change != nil {
			change(a)
		}
	})
	if err := f.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// provisionedOf is status, requested, allocated and available.
func provisionedOf(t *testing.T, f *Function, qualifier string) string {
	t.Helper()
	p, ok, err := f.Provisioned(qualifier)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "none"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %d %d %s", p.Status, p.Requested, p.Allocated, p.Available, p.Reason))
}

// together invokes n times at once and says of each whether it was cold.
func together(t *testing.T, f *Function, qualifier string, n int) (results []Result, colds int) {
	t.Helper()
	results = make([]Result, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { results[i] = invoke(t, f, qualifier, `{"do":"sleep","n":500}`) })
	}
	wg.Wait()
	for _, r := range results {
		if cold(t, f, r) {
			colds++
		}
	}
	return results, colds
}

// "Configuring provisioned concurrency for a function": environments are
// initialized ahead, requests beyond them meet environments on demand.
func TestProvisionedConcurrency(t *testing.T) {
	f := newProvisioned(t, 2, nil)
	if got := provisionedOf(t, f, "bench"); got != "READY 2 2 2" {
		t.Errorf("got %s", got)
	}
	if got := provisionedOf(t, f, "1"); got != "none" {
		t.Errorf("version: got %s", got)
	}
	if n := len(children(t)); n != 2 {
		t.Errorf("%d processes before the first request, want 2", n)
	}
	if r := invoke(t, f, "bench", `{"do":"environ"}`); cold(t, f, r) || !strings.Contains(string(r.Payload), `"AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency"`) {
		t.Errorf("cold, or not provisioned: %s", r.Payload)
	}
	if _, colds := together(t, f, "bench", 3); colds != 1 {
		t.Errorf("%d of 3 requests are cold, want the one that spills over", colds)
	}
	if r := invoke(t, f, "1", `{"do":"environ"}`); !strings.Contains(string(r.Payload), `"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand"`) {
		t.Errorf("a request to the version met a provisioned environment: %s", r.Payload)
	}
	// "System log level event mapping": initReport at INFO where the type is not
	// on-demand.
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `{ $.type = "platform.initReport" }`})
	if err != nil || len(events) != 2 {
		t.Fatalf("%d reports of inits, want 2 (%v)", len(events), err)
	}
	for _, e := range events {
		for _, s := range []string{`"initializationType":"provisioned-concurrency"`, `"phase":"init"`, `"status":"success"`} {
			if !strings.Contains(e.Message, s) {
				t.Errorf("%s is not in %s", s, e.Message)
			}
		}
	}
}

func TestProvisionedFollowsTheAlias(t *testing.T) {
	f := newProvisioned(t, 2, nil)
	before := children(t)
	if _, err := f.UpdateAlias("bench", AliasChange{Description: new("the same version")}, ""); err != nil {
		t.Fatal(err)
	}
	after := children(t)
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		t.Errorf("processes %v, want %v: the version is the same", after, before)
	}
	if _, err := f.UpdateAlias("bench", AliasChange{Version: new("2")}, ""); err != nil {
		t.Fatal(err)
	}
	if err := f.settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := provisionedOf(t, f, "bench"); got != "READY 2 2 2" {
		t.Errorf("got %s", got)
	}
	for _, pid := range children(t) {
		if slices.Contains(before, pid) {
			t.Errorf("process %s of the version before lives", pid)
		}
	}
	results, colds := together(t, f, "bench", 2)
	if colds != 0 || results[0].ExecutedVersion != "2" {
		t.Errorf("%d cold, version %s", colds, results[0].ExecutedVersion)
	}
	if _, err := f.UpdateAlias("bench", AliasChange{Version: new("$LATEST")}, ""); errorCode(err) != "InvalidParameterValueException" {
		t.Errorf("alias to $LATEST: got %v", err)
	}
}

// One that ends is replaced, be it in a request, in its timeout, or between
// requests.
func TestProvisionedIsReplaced(t *testing.T) {
	for _, event := range []string{`{"do":"exit","n":3}`, `{"do":"hang"}`, `{"do":"die after"}`} {
		t.Run(event, func(t *testing.T) {
			f := newProvisioned(t, 1, func(a *assembly.Function) { a.Timeout = time.Second })
			before := children(t)
			invoke(t, f, "bench", event)
			waitFor(t, func() bool {
				now := children(t)
				return provisionedOf(t, f, "bench") == "READY 1 1 1" && len(now) == 1 && now[0] != before[0]
			})
			if r := invoke(t, f, "bench", "1"); r.FunctionError != "" || cold(t, f, r) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// One that exits whenever it has initialized does not keep the machine busy.
func TestProvisionedPace(t *testing.T) {
	began := time.Now()
	f := newProvisioned(t, 1, func(a *assembly.Function) { a.Environment["MODE"] = "ask and exit" })
	inits := func() int {
		events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `{ $.type = "platform.initReport" }`})
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	waitFor(t, func() bool { return inits() == 3 })
	if took := time.Since(began); took < 2*startAgain {
		t.Errorf("three starts in %v, want them %v apart", took, startAgain)
	}
}

func TestProvisionedFails(t *testing.T) {
	f := newProvisioned(t, 3, func(a *assembly.Function) { a.Environment["MODE"] = "exit" })
	if got := provisionedOf(t, f, "bench"); got != "FAILED 3 0 0 FUNCTION_ERROR_INIT_FAILURE" {
		t.Errorf("got %s", got)
	}
	if r := invoke(t, f, "bench", "1"); r.FunctionError != "Unhandled" {
		t.Errorf("got %+v", r)
	}
}

// What AWS refuses to deploy is refused ("Configuring provisioned concurrency
// for a function").
func TestProvisionedIsRefused(t *testing.T) {
	for name, change := range map[string]func(*assembly.Function){
		"of $LATEST":                 func(a *assembly.Function) { a.Aliases[0].Version = "$LATEST" },
		"more than what is reserved": func(a *assembly.Function) { a.ReservedConcurrency = new(1) },
	} {
		a := template()
		a.Aliases[0].ProvisionedConcurrency = 2
		change(a)
		if _, err := New(NewHost(logs.New(), NewGate(2, nil)), a); err == nil || !strings.Contains(err.Error(), "InvalidParameterValueException") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Close while environments initialize leaves nothing.
func TestCloseWhileProvisioning(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) {
		a.Aliases[0].ProvisionedConcurrency = 4
		a.Environment["MODE"] = "hang"
	})
	done := make(chan error)
	go func() { done <- f.Provision(context.Background()) }()
	waitFor(t, func() bool { return len(children(t)) == 2 }) // at the gate's two places
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes %v live", left)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
